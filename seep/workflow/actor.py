"""Who acts: the name that is saved with every change, and the role."""

from dataclasses import dataclass
from typing import Literal

Role = Literal["viewer", "annotator", "reviewer", "lead", "admin"]


@dataclass(frozen=True)
class Actor:
    """The person or program that a request, a page or a command acts for.

    Attributes:
        name: saved as the author of every change, 1 to 80 characters.
        role: what the actor may do. Nothing checks it yet; everybody is "admin".
    """

    name: str
    role: Role
