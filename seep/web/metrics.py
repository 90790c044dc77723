"""Figures of this process and its workspace in the text format of Prometheus."""

from collections.abc import Iterable

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from starlette.responses import Response

from seep.web.request import Call
from seep.workflow.maintenance.measurements import Measurements, measure
from seep.workflow.workspace import Workspace

ROUTE = "seep.route"
"""Key of an ASGI scope: the line of the table that answers, "METHOD /path"."""
_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_registry = CollectorRegistry(auto_describe=False)
_requests = Counter(
    "seep_requests_total", "HTTP requests by route and status.", ("route", "status"), registry=_registry
)
_latency = Histogram(
    "seep_request_seconds",
    "Time to answer an HTTP request.",
    ("route",),
    registry=_registry,
    buckets=_BUCKETS_S,
)
_saves = Counter("seep_saves_total", "Masks saved over HTTP, by kind.", ("kind",), registry=_registry)
_sockets = Gauge("seep_websockets", "Open WebSockets, one per browser tab.", registry=_registry)


def count_request(route: str | None, status: int, elapsed_s: float) -> None:
    """Count an answered request.

    Args:
        route: line of the table of routes; None for addresses of Streamlit and unknown ones, which count as "other",
            so that no sender can make new series.
        status: HTTP status of the answer.
        elapsed_s: from the request's arrival to the end of the answer, seconds.
    """
    name = route or "other"
    _requests.labels(name, str(status)).inc()
    _latency.labels(name).observe(elapsed_s)


def count_save(kind: str) -> None:
    """Count a saved mask; `kind` is one of the kinds of a save."""
    _saves.labels(kind).inc()


def count_socket(change: int) -> None:
    """Count an opened (1) or a closed (-1) WebSocket."""
    _sockets.inc(change)


def metrics(workspace: Workspace, _call: Call) -> Response:
    """Answer with the figures since the start of this process and the state of the workspace."""
    now = CollectorRegistry(auto_describe=False)
    now.register(_WorkspaceFigures(measure(workspace)))
    content = generate_latest(_registry) + generate_latest(now)
    return Response(content, headers={"Cache-Control": "no-store", "Content-Type": CONTENT_TYPE_PLAIN_0_0_4})


class _WorkspaceFigures(Collector):
    def __init__(self, found: Measurements) -> None:
        self._found = found

    def collect(self) -> Iterable[Metric]:
        found = self._found
        readable = found.database_s is not None
        yield GaugeMetricFamily("seep_database_up", "1 if the database can be read.", int(readable))
        if found.database_s is not None:
            yield GaugeMetricFamily(
                "seep_database_seconds", "Time to read the jobs from the database.", found.database_s
            )
            jobs = GaugeMetricFamily("seep_jobs", "Jobs by state; queued is the queue.", labels=("state",))
            for state, count in sorted(found.jobs.items()):
                jobs.add_metric((state,), count)
            yield jobs
            yield GaugeMetricFamily(
                "seep_jobs_without_heartbeat", "Running jobs whose worker is silent.", found.silent_jobs
            )
        if found.disk_free_bytes is not None:
            yield GaugeMetricFamily(
                "seep_disk_free_bytes", "Free space on the disk of the workspace.", found.disk_free_bytes
            )
