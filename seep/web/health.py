"""Handlers for probes of a supervisor or a load balancer."""

from dataclasses import asdict

from starlette.responses import Response

from seep.web.request import Call
from seep.web.responses import json_answer
from seep.workflow.maintenance.readiness import readiness
from seep.workflow.workspace import Workspace


def healthz(_workspace: Workspace, _call: Call) -> Response:
    """Answer 200 while this process runs and has its workspace open."""
    return json_answer({"status": "ok"})


def readyz(workspace: Workspace, _call: Call) -> Response:
    """Answer 200 if people can work, else 503, with the state of database, disk, files and worker.

    Sentences with details stay in the log of `seep doctor`: everybody may send this request.
    """
    found = readiness(workspace)
    states = {name: value == "ok" for name, value in asdict(found).items() if isinstance(value, str)}
    answer = json_answer({"ready": found.ready, **states}, 200 if found.ready else 503)
    if not found.ready:
        answer.headers["Retry-After"] = "10"
    return answer
