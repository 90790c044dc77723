"""What reads the files of imports on a machine of a Ray cluster."""

from seep.errors import SeepError
from seep.jobs.refusal import Refusal, refusal
from seep.workflow.imports.shards import FileShard, FileShardResult, ReadingSetup, ShardReader


class ReadingActor:
    """A process on a machine of the cluster that reads files."""

    def __init__(self, setup: ReadingSetup, _device: str) -> None:
        self._reader: ShardReader | None = None
        self._setup = setup

    def start(self) -> Refusal | None:
        """Open the stored files."""
        try:
            self._reader = ShardReader(self._setup)
        except SeepError as error:
            return refusal(error)
        return None

    def work(self, shard: FileShard) -> FileShardResult | Refusal:
        """Read the files of a shard."""
        assert self._reader is not None
        return self._reader.read(shard)
