"""Training on other machines: one process per rank runs the loop of the engine, and rank 0 reports to the worker.

The worker keeps what the ranks send: events become progress and metrics as in a training of its own, and the state is
written to the folder of the run. If a rank is lost, all ranks begin again from that state.
"""

import hashlib
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from seep import errors
from seep.core.files import write_atomic
from seep.errors import ClusterError, SeepError
from seep.workflow.inference.tiles import ShouldStop

if TYPE_CHECKING:
    from seep.engine.checkpoint import Checkpoint
    from seep.engine.training.dataset import TrainingTile
    from seep.engine.training.schedule import TrainConfig
    from seep.engine.training.train import TrainResult
    from seep.engine.unet import UNet

MAX_LOSSES = 4
"""Losses without a new state in between after which a run fails."""

Message = tuple[Any, ...]
"""A message of a rank: its kind, then plain values; weights are bytes, so that the queue needs no torch."""


@dataclass(frozen=True, eq=False)
class TrainingCall:
    """What a rank needs to train; see `seep.engine.training.train.train`.

    Attributes:
        state: content of the file of the state; None to begin.
    """

    base: "Checkpoint"
    tiles: "Sequence[TrainingTile]"
    validation: "Sequence[TrainingTile]"
    config: "TrainConfig"
    holdout: "Sequence[TrainingTile]"
    state: bytes | None


@dataclass(frozen=True)
class Rank:
    """The place of a process in a training.

    Attributes:
        number: from 0, the one that reports.
        count: number of processes.
        address: `HOST:PORT` at which rank 0 waits for the others.
        device: "cpu" or "cuda".
    """

    number: int
    count: int
    address: str
    device: str


class Train(Protocol):
    """`seep.engine.training.train.train`, or what runs it on other machines."""

    def __call__(
        self,
        base: "Checkpoint",
        tiles: "Sequence[TrainingTile]",
        validation: "Sequence[TrainingTile]",
        config: "TrainConfig",
        *,
        state_path: Path,
        on_event: Callable[[dict[str, Any]], None],
        should_stop: ShouldStop,
        device: str | None,
        on_average: "Callable[[UNet, int], None] | None" = None,
        holdout: "Sequence[TrainingTile]" = (),
    ) -> "TrainResult":
        """Train, or resume."""


class RunRanks(Protocol):
    """Runs all ranks of a training once."""

    def __call__(
        self, call: TrainingCall, on_message: Callable[[Message], None], should_stop: ShouldStop
    ) -> str | None:
        """Pass on the messages of the ranks; return why the ranks were lost, or None.

        Raises:
            ClusterError: the cluster cannot be used.
        """


def train_rank(
    call: TrainingCall, rank: Rank, post: Callable[[Message], None], should_stop: ShouldStop
) -> None:
    """Train as one rank; called on a machine of the cluster.

    Args:
        call: the same for all ranks.
        post: sends a message to the worker.
        should_stop: called before each step of rank 0.
    """
    from seep.engine.checkpoint import pack_weights
    from seep.engine.distributed import join_ranks
    from seep.engine.training.train import train

    def send(kind: str, *values: object) -> None:
        if rank.number == 0:
            post((kind, *values))

    with tempfile.TemporaryDirectory() as folder:
        path, sent = Path(folder) / "state.safetensors", [0]
        if call.state is not None:
            path.write_bytes(call.state)
            sent[0] = path.stat().st_mtime_ns

        def send_state() -> None:
            changed_at = path.stat().st_mtime_ns if path.exists() else 0
            if rank.number == 0 and changed_at != sent[0]:
                sent[0] = changed_at
                send("state", path.read_bytes())

        def on_event(event: dict[str, Any]) -> None:
            send_state()
            send("event", event)

        try:
            if rank.count > 1:
                join_ranks(rank.number, rank.count, rank.address, rank.device)
            result = train(
                call.base,
                call.tiles,
                call.validation,
                call.config,
                state_path=path,
                on_event=on_event,
                should_stop=should_stop,
                device=rank.device,
                on_average=lambda model, step: send("average", pack_weights(model), step),
                holdout=call.holdout,
            )
        except SeepError as error:
            send_state()
            post(("failed", type(error).__name__, str(error)))
            return
        send_state()
        checkpoint = result.checkpoint
        send("result", pack_weights(checkpoint.model), checkpoint.card, result.epochs_done, result.stopped)


def train_on_cluster(
    base: "Checkpoint",
    tiles: "Sequence[TrainingTile]",
    validation: "Sequence[TrainingTile]",
    config: "TrainConfig",
    *,
    state_path: Path,
    on_event: Callable[[dict[str, Any]], None],
    should_stop: ShouldStop,
    device: str | None,
    on_average: "Callable[[UNet, int], None] | None" = None,
    holdout: "Sequence[TrainingTile]" = (),
    run: RunRanks,
) -> "TrainResult":
    """Train on other machines; arguments, result and errors as `seep.engine.training.train.train`.

    Args:
        state_path: file of the state, on this machine.
        on_event: called with the events of rank 0.
        should_stop: called about three times a second.
        device: not used; the machines choose.
        on_average: called after each epoch.
        holdout: corrected tiles that are held out.

    Raises:
        ClusterError: the cluster cannot be used, or ranks were lost again and again.
    """
    from seep.engine.training.train import TrainResult

    losses = 0
    while True:
        state = state_path.read_bytes() if state_path.exists() else None
        receiver = _Receiver(base, state_path, on_event, on_average)
        call = TrainingCall(base, tiles, validation, config, holdout, state)
        reason = run(call, receiver.read, should_stop)
        if receiver.error is not None:
            raise receiver.error
        if receiver.result is not None:
            return receiver.result
        if should_stop():
            return TrainResult(base, 0, stopped=True)
        losses = 1 if receiver.state_sha not in (None, _sha(state)) else losses + 1
        if losses >= MAX_LOSSES:
            raise ClusterError(
                f"The training was lost {losses} times on the Ray cluster. The last reason: {reason}. Its state is "
                "kept. Look at the logs of Ray, then resume the run."
            )
        text = f"A machine of the Ray cluster was lost ({reason}); the training goes on from its last state"
        on_event({"kind": "log", "text": text})


def _sha(state: bytes | None) -> str | None:
    return None if state is None else hashlib.sha256(state).hexdigest()


class _Receiver:
    """What rank 0 of one attempt sent."""

    def __init__(
        self,
        base: "Checkpoint",
        state_path: Path,
        on_event: Callable[[dict[str, Any]], None],
        on_average: "Callable[[UNet, int], None] | None",
    ) -> None:
        self._base = base
        self._state_path, self._on_event, self._on_average = state_path, on_event, on_average
        self.result: TrainResult | None = None
        self.error: SeepError | None = None
        self.state_sha: str | None = None

    def read(self, message: Message) -> None:
        """Take a message."""
        from seep.engine.checkpoint import unpack_weights
        from seep.engine.training.train import TrainResult

        kind, *values = message
        if kind == "event":
            self._on_event(values[0])
        elif kind == "state":
            write_atomic(self._state_path, values[0])
            self.state_sha = _sha(values[0])
        elif kind == "average" and self._on_average is not None:
            self._on_average(unpack_weights(values[0], self._base.model.config), values[1])
        elif kind == "failed":
            known = getattr(errors, values[0], SeepError)
            self.error = self.error or (
                known(values[1]) if known is not errors.BusyError else SeepError(values[1])
            )
        elif kind == "result":
            weights, card, epochs_done, stopped = values
            trained = replace(self._base, model=unpack_weights(weights, self._base.model.config), card=card)
            self.result = TrainResult(trained, epochs_done, stopped)
