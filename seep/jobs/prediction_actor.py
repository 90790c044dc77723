"""What predicts on a machine of a Ray cluster: a process that holds a network."""

from seep.errors import SeepError
from seep.jobs.refusal import Refusal, refusal
from seep.workflow.inference.shards import PredictionSetup, Shard, ShardPredictor, ShardResult


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
