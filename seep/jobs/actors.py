"""What predicts on a machine of a Ray cluster: a process that holds a network, and returns errors as values."""

import socket
from dataclasses import dataclass

from seep.errors import SeepError, StorageError
from seep.workflow.inference.shards import PredictionSetup, Shard, ShardPredictor, ShardResult


@dataclass(frozen=True)
class Refusal:
    """An error of Seep on a machine, as a value, because Ray adds tracebacks to exceptions.

    Attributes:
        sentence: for people.
        elsewhere: whether another machine may do better.
    """

    sentence: str
    elsewhere: bool


def refusal(error: SeepError) -> Refusal:
    """Return an error as a value, with the name of this machine."""
    name = socket.gethostname()
    return Refusal(f"{error} (machine {name} of the Ray cluster)", isinstance(error, StorageError))


class PredictionActor:
    """A process on a machine of the cluster that holds a network."""

    def __init__(self, setup: PredictionSetup, device: str) -> None:
        self._predictor: ShardPredictor | None = None
        self._setup, self._device = setup, device

    def start(self) -> Refusal | None:
        """Load the network."""
        try:
            self._predictor = ShardPredictor(self._setup, self._device)
        except SeepError as error:
            return refusal(error)
        return None

    def work(self, shard: Shard) -> ShardResult | Refusal:
        """Predict a shard."""
        assert self._predictor is not None
        try:
            return self._predictor.predict(shard)
        except SeepError as error:
            return refusal(error)
