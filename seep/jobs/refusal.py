"""What a process on a machine of a Ray cluster returns instead of an error."""

import socket
from dataclasses import dataclass

from seep.errors import SeepError, StorageError


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
