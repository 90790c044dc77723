"""Who acts, and what each role may do.

Every workflow function that changes something takes an `Actor` and is decorated with `requires`. Pages and routes
read the same requirement, so that a button and the function behind it never disagree.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import signature
from typing import Any, Literal, ParamSpec, TypeVar, get_args

from seep.errors import DeniedError

Role = Literal["viewer", "annotator", "reviewer", "lead", "admin"]
ROLES: tuple[Role, ...] = get_args(Role)
"""Each role may do what the roles before it may do."""

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Actor:
    """The person or program that a request, a page or a command acts for.

    Attributes:
        name: saved as the author of every change, 1 to 80 characters.
        role: what the actor may do, as the database says at this action.
    """

    name: str
    role: Role

    def may(self, role: Role) -> bool:
        """Return whether the actor has a role, or one above it."""
        return ROLES.index(self.role) >= ROLES.index(role)


@dataclass(frozen=True)
class Requirement:
    """The lowest role that may do something, and what that is: "promote versions"."""

    role: Role
    doing: str

    def denial(self, actor: Actor) -> str | None:
        """Return why the actor may not do this, for a message or a tooltip; None if the actor may."""
        if actor.may(self.role):
            return None
        return (
            f"The role {self.role} is needed to {self.doing}. You have the role {actor.role}. Ask an admin."
        )

    def check(self, actor: Actor) -> None:
        """Check an actor.

        Raises:
            DeniedError: the actor has a lower role.
        """
        reason = self.denial(actor)
        if reason:
            raise DeniedError(reason)


def requires(role: Role, doing: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a function with an `actor` parameter: it raises DeniedError for a lower role.

    Args:
        role: lowest role that may call the function.
        doing: what the function does, to end the sentence "The role lead is needed to ...".
    """
    needed = Requirement(role, doing)

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        position = list(signature(function).parameters).index("actor")

        @wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            actor = kwargs["actor"] if "actor" in kwargs else args[position] if position < len(args) else None
            if isinstance(actor, Actor):  # without one, the call itself raises TypeError
                needed.check(actor)
            return function(*args, **kwargs)

        checked.requirement = needed  # type: ignore[attr-defined]
        return checked

    return decorate


def requirement(function: Callable[..., Any]) -> Requirement:
    """Return what a function decorated with `requires` needs."""
    found = getattr(function, "requirement", None)
    assert isinstance(found, Requirement), f"{function} is not decorated with requires"
    return found
