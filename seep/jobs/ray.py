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
from typing import Any

from seep.errors import ClusterError
from seep.jobs.actors import PredictionActor, Refusal
from seep.jobs.cluster_address import MAX_REASON, first_line, own_signals, probe, unreachable
from seep.jobs.dispatch import NO_MACHINE_S, POLL_S, Lost, dispatch
from seep.workflow.inference.shards import PredictionSetup, Shard, ShardResult
from seep.workflow.training.remote import Message, Rank, TrainingCall, train_rank

START_S = 300.0
"""Time for a machine to start a process, which may import torch and load a network."""
SHARD_S = 1800.0
"""Time for one shard; a machine that needs more is given up."""
SILENCE_S = 1800.0
"""Time between two messages of a training; ranks that need more are given up."""
STOP_S = 2.0
"""Time for a training to save its state after a cancel."""
ASK_S = 0.3
REFRESH_S = 2.0
CPUS_PER_ACTOR = 4
MAX_STARTS = 3
"""Failed starts in a row after which a place on a machine is not tried again in this job."""
LOGGER = logging.getLogger("seep.jobs")


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
    with connected(address) as ray, contextlib.closing(RayPool(ray, address, device, setup)) as pool:
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
class Slot:
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
class _Running:
    """An actor, and what it does since when: its start (`task` is None), a task, or nothing."""

    slot: Slot
    handle: Any
    reference: Any
    task: int | None
    since: float


class RayPool:
    """Actors that predict: one per GPU, and one per four processors of a machine without GPUs.

    Args:
        ray: the connected module.
        address: for messages.
        device: see `predict_shards`.
        setup: of the prediction.
    """

    def __init__(self, ray: Any, address: str, device: str | None, setup: PredictionSetup) -> None:
        self._ray, self._address, self._device = ray, address, device
        self._setup, self._actor = ray.put(setup), ray.remote(PredictionActor)
        self._running: dict[Slot, _Running] = {}
        self._failed: dict[Slot, int] = {}
        self._reason = ""
        self._refreshed_at = 0.0

    def refresh(self) -> None:
        """Start actors on free slots; see `Pool`."""
        now = time.monotonic()
        if now - self._refreshed_at < REFRESH_S:
            return
        self._refreshed_at = now
        slots = _slots(self._ray, self._address, self._device)
        for slot in slots:
            if slot not in self._running and self._failed.get(slot, 0) < MAX_STARTS:
                self._start(slot)
        if slots and not self._running:
            raise ClusterError(
                f"No machine of the Ray cluster at {self._address} could load the network: "
                f"{self._reason}. Repair it, then start the job again."
            )

    def machines(self) -> int:
        """Return the number of actors."""
        return len(self._running)

    def idle(self) -> int:
        """Return the number of actors that are ready and have no task."""
        return sum(one.reference is None for one in self._running.values())

    def submit(self, number: int, task: Shard) -> None:
        """Give a task to an actor that is idle."""
        one = next(one for one in self._running.values() if one.reference is None)
        one.reference, one.task, one.since = one.handle.work.remote(task), number, time.monotonic()

    def finished(self, timeout_s: float) -> list[tuple[int, ShardResult | Lost]]:
        """Return ended tasks; see `Pool`.

        Raises:
            ClusterError: a machine refused in a way that another one would too.
        """
        busy = {one.reference: one for one in self._running.values() if one.reference is not None}
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
        for one in self._running.values():
            self._kill(one)
        self._running.clear()

    def _collect(self, one: _Running) -> tuple[int | None, ShardResult | Lost | None]:
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
        self._failed.pop(one.slot, None)
        return number, result

    def _lose(self, one: _Running, reason: str) -> Lost:
        """Kill an actor, and free its slot for another one."""
        LOGGER.warning("A process on the Ray node %s was lost: %s", one.slot.node[:12], reason)
        self._kill(one)
        self._running.pop(one.slot, None)
        if one.task is None:
            self._failed[one.slot] = self._failed.get(one.slot, 0) + 1
            self._reason = reason
        return Lost(reason)

    def _kill(self, one: _Running) -> None:
        with contextlib.suppress(Exception):  # it may be dead already
            self._ray.kill(one.handle, no_restart=True)

    def _start(self, slot: Slot) -> None:
        handle = self._actor.options(**_placed(slot)).remote(self._setup, slot.device)
        self._running[slot] = _Running(slot, handle, handle.start.remote(), None, time.monotonic())


def _slots(ray: Any, address: str, device: str | None) -> list[Slot]:
    """Return the room on all machines that are alive.

    Raises:
        ClusterError: a GPU is asked for, and no machine has one.
    """
    slots: list[Slot] = []
    for node in ray.nodes():
        if node["Alive"]:
            cpus, gpus = (int(node["Resources"].get(kind, 0)) for kind in ("CPU", "GPU"))
            slots += _slots_of(node["NodeID"], cpus, gpus, device)
    if device and device.startswith("cuda") and not slots:
        raise ClusterError(
            f"SEEP_DEVICE is {device}, but no machine of the Ray cluster at {address} has a GPU. Start one, or set "
            "SEEP_DEVICE=cpu."
        )
    return slots


def _placed(slot: Slot) -> dict[str, Any]:
    """Return the options of an actor on a slot. Ray repeats nothing by itself."""
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    return {
        "num_cpus": slot.cpus,
        "num_gpus": slot.gpus,
        "max_restarts": 0,
        "max_task_retries": 0,
        "scheduling_strategy": NodeAffinitySchedulingStrategy(slot.node, soft=False),
    }


def _slots_of(node: str, cpus: int, gpus: int, device: str | None) -> list[Slot]:
    if gpus and device != "cpu":
        return [Slot(node, number, min(1, cpus), 1) for number in range(gpus)]
    if not cpus or (device or "cpu") != "cpu":
        return []
    count = max(1, cpus // CPUS_PER_ACTOR)
    return [Slot(node, number, min(cpus, CPUS_PER_ACTOR), 0) for number in range(count)]


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


class MessageQueue:
    """Between the ranks of a training and the worker, on the worker's machine."""

    def __init__(self) -> None:
        self._messages: list[Message] = []
        self._stops = False

    def post(self, message: Message) -> None:
        """Add a message."""
        self._messages.append(message)

    def take(self, stops: bool) -> list[Message]:
        """Return the messages that came, and let the ranks know whether to stop."""
        self._stops = stops
        messages, self._messages = self._messages, []
        return messages

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

    def train(self, call: TrainingCall, rank: Rank, queue: Any) -> None:
        """Train to the end."""
        import ray

        asked, stops = [0.0], [False]

        def should_stop() -> bool:
            if time.monotonic() - asked[0] > ASK_S:
                asked[0], stops[0] = time.monotonic(), ray.get(queue.stops.remote(), timeout=START_S)
            return stops[0]

        train_rank(
            call, rank, lambda message: ray.get(queue.post.remote(message), timeout=START_S), should_stop
        )


def run_ranks(
    address: str,
    device: str | None,
    count: int,
    call: TrainingCall,
    *,
    on_message: Callable[[Message], None],
    should_stop: Callable[[], bool],
) -> str | None:
    """Run all ranks of a training once; see `seep.workflow.training.remote.RunRanks`.

    Args:
        address: `HOST:PORT` of the cluster.
        device: see `predict_shards`.
        count: number of ranks, one per GPU, or one per four processors of a machine without GPUs.
        on_message: called with each message of the ranks.
        should_stop: called about three times a second.
    """
    with connected(address) as ray:
        slots = _wait_for_slots(ray, address, device, count, should_stop)
        if slots is None:
            return None
        here = Slot(ray.get_runtime_context().get_node_id(), 0, 0, 0)
        queue = ray.remote(MessageQueue).options(**_placed(here)).remote()
        actors = [ray.remote(RankActor).options(**_placed(slot)).remote() for slot in slots]
        try:
            given: dict[str, Any] = {"on_message": on_message, "should_stop": should_stop}
            addresses = _poll(ray, [actors[0].address.remote()], queue, **given, silence_s=START_S)
            if isinstance(addresses, Lost):
                return addresses.reason
            if addresses is None:
                return None
            reference = ray.put(call)
            running = [
                actor.train.remote(reference, Rank(number, count, addresses[0], slot.device), queue)
                for number, (actor, slot) in enumerate(zip(actors, slots, strict=True))
            ]
            ended = _poll(ray, running, queue, **given, silence_s=SILENCE_S)
            return ended.reason if isinstance(ended, Lost) else None
        finally:
            for actor in [*actors, queue]:
                with contextlib.suppress(Exception):
                    ray.kill(actor, no_restart=True)


def _poll(
    ray: Any,
    references: Sequence[Any],
    queue: Any,
    *,
    on_message: Callable[[Message], None],
    should_stop: Callable[[], bool],
    silence_s: float,
) -> list[Any] | Lost | None:
    """Wait for actors and pass on messages; return the results, or None when they did not stop in time."""
    last_message_at, stopped_at, waiting = time.monotonic(), None, list(references)
    try:
        while True:
            ready, waiting = ray.wait(waiting, num_returns=len(waiting), timeout=POLL_S)
            ray.get(ready, timeout=START_S)  # raises what a lost rank left
            stops = should_stop()
            messages = ray.get(queue.take.remote(stops), timeout=START_S)
            for message in messages:
                on_message(message)
            now = time.monotonic()
            if not waiting:
                return list(ray.get(list(references), timeout=START_S))
            stopped_at = (stopped_at or now) if stops else None
            if stopped_at is not None and now - stopped_at > STOP_S:
                return None
            last_message_at = now if messages else last_message_at
            if now - last_message_at > silence_s:
                return Lost(f"no answer within {silence_s:.0f} s")
    except ray.exceptions.RayError as error:
        return Lost(_reason(error))


def _wait_for_slots(
    ray: Any, address: str, device: str | None, count: int, should_stop: Callable[[], bool]
) -> list[Slot] | None:
    """Return slots for some ranks, on as many machines as there are; None when stopped.

    Raises:
        ClusterError: there are fewer for a minute.
    """
    until = time.monotonic() + NO_MACHINE_S
    while not should_stop():
        slots = sorted(_slots(ray, address, device), key=lambda slot: (not slot.gpus, slot.number, slot.node))
        if len(slots) >= count:
            return slots[:count]
        if time.monotonic() > until:
            raise ClusterError(
                f"The training needs {count} GPUs or machines (SEEP_RAY_RANKS), and the Ray cluster at {address} has "
                f"{len(slots)}. Start more, or set SEEP_RAY_RANKS={max(1, len(slots))}; then resume the run."
            )
        time.sleep(POLL_S)
    return None
