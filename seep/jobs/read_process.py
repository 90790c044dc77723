"""The process that connects to a Ray cluster for an import; see `seep.workflow.imports.cluster`.

    python -m seep.jobs.read_process FD

Receives one `ReadingCall` on a connection with this file descriptor, sends each result, and a `ReadingEnd`.
"""

import logging
import sys
from contextlib import suppress
from multiprocessing.connection import Connection

from seep.errors import SeepError
from seep.jobs.ray import read_shards
from seep.workflow.imports.cluster import ReadingCall, ReadingEnd

LOGGER = logging.getLogger("seep.jobs")


def serve(connection: Connection) -> None:
    """Read what the import asks for; end when it does.

    Args:
        connection: with the import.
    """
    with suppress(EOFError, OSError):  # the import has ended
        call: ReadingCall = connection.recv()
        failure = ""
        try:
            # The import sends nothing else; there is something to receive when it has ended.
            read_shards(
                call.address,
                call.setup,
                iter(call.shards),
                on_done=connection.send,
                should_stop=lambda: connection.poll(0),
            )
        except SeepError as error:
            LOGGER.warning("%s", error)
            failure = f"{str(error).partition('. ')[0].rstrip('.')}."
        connection.send(ReadingEnd(failure))


if __name__ == "__main__":
    serve(Connection(int(sys.argv[1])))
