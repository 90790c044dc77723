"""A Ray cluster that computes for the worker. This is the only module that imports Ray.

The worker connects for one job and disconnects after it. Ray repeats nothing by itself: a task of a lost machine comes
back as lost, and `dispatch` hands it out again.
"""

import contextlib
import logging
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any, Generic, TypeVar

from seep.errors import ClusterError
from seep.jobs.cluster_address import MAX_REASON, first_line, own_signals, probe, unreachable
from seep.jobs.dispatch import NO_MACHINE_S, POLL_S, Lost, dispatch
from seep.jobs.prediction_actor import PredictionActor
from seep.jobs.refusal import Refusal
from seep.workflow.inference.shards import PredictionSetup, Shard, ShardResult
from seep.workflow.training.remote import Letter, Rank, TrainingCall, train_rank

START_S = 300.0
"""Time for a machine to start a process, which may import torch and load a network."""
SHARD_S = 1800.0
"""Time for one shard; a machine that needs more is given up."""
SILENCE_S = 1800.0
"""Time between two letters of a training; ranks that need more are given up."""
STOP_S = 2.0
"""Time for a training to save its state after a cancel."""
ASK_S = 0.3
REFRESH_S = 2.0
CPUS_PER_ACTOR = 4
MAX_STARTS = 3
"""Failed starts in a row after which a place on a machine is not tried again in this job."""
LOGGER = logging.getLogger("seep.jobs")
Task = TypeVar("Task")
Result = TypeVar("Result")


@dataclass(frozen=True)
class ActorKind:
    """What the processes of a pool are.

    Attributes:
        actor: class with `start()` and `work(task)`, made from a setup and a device.
        setup: for each of them.
        starting: what they do at their start, for messages: "load the network".
    """

    actor: type
    setup: Any
    starting: str


def predict_shards(
    address: str,
    device: str | None,
    setup: PredictionSetup,
    shards: Iterator[Shard],
    *,
    on_done: Callable[[ShardResult], None],
    should_stop: Callable[[], bool],
) -> bool:
    """Predict shards on a cluster; see `seep.workflow.inference.shards.RunShards`.

    Args:
        address: `HOST:PORT` of the cluster.
        device: "cpu" for processors only, "cuda" for GPUs only; None for the GPUs of machines that have some.
        on_done: called with each result.
        should_stop: called about three times a second.
    """
    kind = ActorKind(PredictionActor, setup, "load the network")
    with (
        connected(address) as ray,
        contextlib.closing(RayPool[Shard, ShardResult](ray, address, device, kind)) as pool,
    ):
        return dispatch(shards, pool, on_done, should_stop)


@contextlib.contextmanager
def connected(address: str) -> Iterator[Any]:
    """Connect this process to a cluster; yields the module.

    Raises:
        ClusterError: Ray is not installed, or the cluster cannot be reached.
    """
    if find_spec("ray") is None:
        raise ClusterError(
            f"SEEP_RAY_ADDRESS={address} needs the library ray, which is not installed. Install it with: "
            "pip install -r requirements-cluster.txt"
        )
    host = probe(address)
    import ray

    own: dict[str, Any] = {"_node_ip_address": host} if host.startswith("127.") else {}
    with own_signals() as restore:
        try:
            ray.init(
                address, log_to_driver=False, logging_level=logging.ERROR, configure_logging=False, **own
            )
        except (OSError, RuntimeError, ValueError, TimeoutError) as error:
            ray.shutdown()
            raise unreachable(address, first_line(error)) from error
        restore()
        try:
            yield ray
        finally:
            ray.shutdown()


@dataclass(frozen=True)
class Seat:
    """Room for one actor on a machine."""

    node: str
    number: int
    cpus: int
    gpus: int

    @property
    def device(self) -> str:
        """What an actor computes on."""
        return "cuda" if self.gpus else "cpu"


@dataclass(eq=False)
class _Seated:
    """An actor, and what it does since when: its start (`task` is None), a task, or nothing."""

    seat: Seat
    handle: Any
    reference: Any
    task: int | None
    since: float


class RayPool(Generic[Task, Result]):
    """Actors: one per GPU, and one per four processors of a machine without GPUs.

    Args:
        ray: the connected module.
        address: for messages.
        device: see `predict_shards`.
        kind: of the actors.
    """

    def __init__(self, ray: Any, address: str, device: str | None, kind: ActorKind) -> None:
        self._ray, self._address, self._device = ray, address, device
        self._kind, self._setup = kind, ray.put(kind.setup)
        self._actor = ray.remote(kind.actor)
        self._seated: dict[Seat, _Seated] = {}
        self._failed: dict[Seat, int] = {}
        self._reason = ""
        self._refreshed_at = 0.0

    def refresh(self) -> None:
        """Start actors on free seats; see `Pool`."""
        now = time.monotonic()
        if now - self._refreshed_at < REFRESH_S:
            return
        self._refreshed_at = now
        seats = _seats(self._ray, self._address, self._device)
        for seat in seats:
            if seat not in self._seated and self._failed.get(seat, 0) < MAX_STARTS:
                self._start(seat)
        if seats and not self._seated:
            raise ClusterError(
                f"No machine of the Ray cluster at {self._address} could {self._kind.starting}: "
                f"{self._reason}. Repair it, then start the job again."
            )

    def machines(self) -> int:
        """Return the number of actors."""
        return len(self._seated)

    def idle(self) -> int:
        """Return the number of actors that are ready and have no task."""
        return sum(one.reference is None for one in self._seated.values())

    def submit(self, number: int, task: Task) -> None:
        """Give a task to an actor that is idle."""
        one = next(one for one in self._seated.values() if one.reference is None)
        one.reference, one.task, one.since = one.handle.work.remote(task), number, time.monotonic()

    def finished(self, timeout_s: float) -> list[tuple[int, Result | Lost]]:
        """Return ended tasks; see `Pool`.

        Raises:
            ClusterError: a machine refused in a way that another one would too.
        """
        busy = {one.reference: one for one in self._seated.values() if one.reference is not None}
        if not busy:
            time.sleep(timeout_s)
            return []
        ready, _ = self._ray.wait(list(busy), num_returns=len(busy), timeout=timeout_s, fetch_local=False)
        found = [self._collect(busy[reference]) for reference in ready]
        now = time.monotonic()
        for one in busy.values():
            limit = START_S if one.task is None else SHARD_S
            if one.reference is not None and now - one.since > limit:
                found.append((one.task, self._lose(one, f"no answer within {limit:.0f} s")))
        return [(number, result) for number, result in found if number is not None and result is not None]

    def close(self) -> None:
        """Kill all actors."""
        for one in self._seated.values():
            self._kill(one)
        self._seated.clear()

    def _collect(self, one: _Seated) -> tuple[int | None, Result | Lost | None]:
        """Fetch what an actor returned; None for the end of its start."""
        number = one.task
        try:
            result = self._ray.get(one.reference, timeout=START_S)
        except Exception as error:  # whatever Ray raises for lost machines, processes and objects, and bugs
            return number, self._lose(one, _reason(error))
        if isinstance(result, Refusal):
            if not result.elsewhere:
                raise ClusterError(result.sentence)
            return number, self._lose(one, result.sentence)
        one.reference = one.task = None
        self._failed.pop(one.seat, None)
        return number, result

    def _lose(self, one: _Seated, reason: str) -> Lost:
        """Kill an actor, and free its seat for another one."""
        LOGGER.warning("A process on the Ray node %s was lost: %s", one.seat.node[:12], reason)
        self._kill(one)
        self._seated.pop(one.seat, None)
        if one.task is None:
            self._failed[one.seat] = self._failed.get(one.seat, 0) + 1
            self._reason = reason
        return Lost(reason)

    def _kill(self, one: _Seated) -> None:
        with contextlib.suppress(Exception):  # it may be dead already
            self._ray.kill(one.handle, no_restart=True)

    def _start(self, seat: Seat) -> None:
        handle = self._actor.options(**_placed(seat)).remote(self._setup, seat.device)
        self._seated[seat] = _Seated(seat, handle, handle.start.remote(), None, time.monotonic())


def _seats(ray: Any, address: str, device: str | None) -> list[Seat]:
    """Return the room on all machines that are alive.

    Raises:
        ClusterError: a GPU is asked for, and no machine has one.
    """
    seats: list[Seat] = []
    for node in ray.nodes():
        if node["Alive"]:
            cpus, gpus = (int(node["Resources"].get(kind, 0)) for kind in ("CPU", "GPU"))
            seats += _seats_of(node["NodeID"], cpus, gpus, device)
    if device and device.startswith("cuda") and not seats:
        raise ClusterError(
            f"SEEP_DEVICE is {device}, but no machine of the Ray cluster at {address} has a GPU. Start one, or set "
            "SEEP_DEVICE=cpu."
        )
    return seats


def _placed(seat: Seat) -> dict[str, Any]:
    """Return the options of an actor on a seat. Ray repeats nothing by itself."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    return {
        "num_cpus": seat.cpus,
        "num_gpus": seat.gpus,
        "max_restarts": 0,
        "max_task_retries": 0,
        "scheduling_strategy": NodeAffinitySchedulingStrategy(seat.node, soft=False),
    }


def _seats_of(node: str, cpus: int, gpus: int, device: str | None) -> list[Seat]:
    if gpus and device != "cpu":
        return [Seat(node, number, min(1, cpus), 1) for number in range(gpus)]
    if not cpus or (device or "cpu") != "cpu":
        return []
    count = max(1, cpus // CPUS_PER_ACTOR)
    return [Seat(node, number, min(cpus, CPUS_PER_ACTOR), 0) for number in range(count)]


def _reason(error: Exception) -> str:
    """Return the cause of a lost task in one line."""
    text = str(error)
    if "No module named 'seep" in text:
        return "Seep is not installed on this machine"
    lines: Sequence[str] = [line.strip() for line in text.splitlines() if line.strip()]
    last = (
        lines[-1] if "Traceback" in text or "ray::" in text else lines[0] if lines else type(error).__name__
    )
    return last.rstrip(".")[:MAX_REASON]


class Mailbox:
    """Between the ranks of a training and the worker, on the worker's machine."""

    def __init__(self) -> None:
        self._letters: list[Letter] = []
        self._stops = False

    def post(self, letter: Letter) -> None:
        """Leave a letter."""
        self._letters.append(letter)

    def take(self, stops: bool) -> list[Letter]:
        """Return the letters that came, and let the ranks know whether to stop."""
        self._stops = stops
        letters, self._letters = self._letters, []
        return letters

    def stops(self) -> bool:
        """Return whether the training is to stop."""
        return self._stops


class RankActor:
    """A process on a machine of the cluster that trains as one rank."""

    def address(self) -> str:
        """Return a free address of this machine, for rank 0."""
        from ray import util

        host: Any = util
        with socket.create_server(("", 0)) as server:
            return f"{host.get_node_ip_address()}:{server.getsockname()[1]}"

    def train(self, call: TrainingCall, rank: Rank, mailbox: Any) -> None:
        """Train to the end."""
        import ray

        asked, stops = [0.0], [False]

        def should_stop() -> bool:
            if time.monotonic() - asked[0] > ASK_S:
                asked[0], stops[0] = time.monotonic(), ray.get(mailbox.stops.remote(), timeout=START_S)
            return stops[0]

        train_rank(
            call, rank, lambda letter: ray.get(mailbox.post.remote(letter), timeout=START_S), should_stop
        )


def run_ranks(
    address: str,
    device: str | None,
    count: int,
    call: TrainingCall,
    *,
    on_letter: Callable[[Letter], None],
    should_stop: Callable[[], bool],
) -> str | None:
    """Run all ranks of a training once; see `seep.workflow.training.remote.RunRanks`.

    Args:
        address: `HOST:PORT` of the cluster.
        device: see `predict_shards`.
        count: number of ranks, one per GPU, or one per four processors of a machine without GPUs.
        on_letter: called with each letter of the ranks.
        should_stop: called about three times a second.
    """
    with connected(address) as ray:
        seats = _wait_for_seats(ray, address, device, count, should_stop)
        if seats is None:
            return None
        here = Seat(ray.get_runtime_context().get_node_id(), 0, 0, 0)
        mailbox = ray.remote(Mailbox).options(**_placed(here)).remote()
        actors = [ray.remote(RankActor).options(**_placed(seat)).remote() for seat in seats]
        try:
            given: dict[str, Any] = {"on_letter": on_letter, "should_stop": should_stop}
            meeting = _poll(ray, [actors[0].address.remote()], mailbox, **given, silence_s=START_S)
            if isinstance(meeting, Lost):
                return meeting.reason
            if meeting is None:
                return None
            reference = ray.put(call)
            running = [
                actor.train.remote(reference, Rank(number, count, meeting[0], seat.device), mailbox)
                for number, (actor, seat) in enumerate(zip(actors, seats, strict=True))
            ]
            ended = _poll(ray, running, mailbox, **given, silence_s=SILENCE_S)
            return ended.reason if isinstance(ended, Lost) else None
        finally:
            for actor in [*actors, mailbox]:
                with contextlib.suppress(Exception):
                    ray.kill(actor, no_restart=True)


def _poll(
    ray: Any,
    references: Sequence[Any],
    mailbox: Any,
    *,
    on_letter: Callable[[Letter], None],
    should_stop: Callable[[], bool],
    silence_s: float,
) -> list[Any] | Lost | None:
    """Wait for actors and pass on letters; return the results, or None when they did not stop in time."""
    heard_at, stopped_at, waiting = time.monotonic(), None, list(references)
    try:
        while True:
            ready, waiting = ray.wait(waiting, num_returns=len(waiting), timeout=POLL_S)
            ray.get(ready, timeout=START_S)  # raises what a lost rank left
            stops = should_stop()
            letters = ray.get(mailbox.take.remote(stops), timeout=START_S)
            for letter in letters:
                on_letter(letter)
            now = time.monotonic()
            if not waiting:
                return list(ray.get(list(references), timeout=START_S))
            stopped_at = (stopped_at or now) if stops else None
            if stopped_at is not None and now - stopped_at > STOP_S:
                return None
            heard_at = now if letters else heard_at
            if now - heard_at > silence_s:
                return Lost(f"no answer within {silence_s:.0f} s")
    except ray.exceptions.RayError as error:
        return Lost(_reason(error))


def _wait_for_seats(
    ray: Any, address: str, device: str | None, count: int, should_stop: Callable[[], bool]
) -> list[Seat] | None:
    """Return seats for some ranks, on as many machines as there are; None when stopped.

    Raises:
        ClusterError: there are fewer for a minute.
    """
    until = time.monotonic() + NO_MACHINE_S
    while not should_stop():
        seats = sorted(_seats(ray, address, device), key=lambda seat: (not seat.gpus, seat.number, seat.node))
        if len(seats) >= count:
            return seats[:count]
        if time.monotonic() > until:
            raise ClusterError(
                f"The training needs {count} GPUs or machines (SEEP_RAY_RANKS), and the Ray cluster at {address} has "
                f"{len(seats)}. Start more, or set SEEP_RAY_RANKS={max(1, len(seats))}; then resume the run."
            )
        time.sleep(POLL_S)
    return None
