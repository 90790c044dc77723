"""Each function and each route refuses a role below its own; tests/test_architecture.py finds functions without one."""

import importlib
import pkgutil
from collections.abc import Callable, Iterator
from inspect import isfunction, signature
from pathlib import Path
from typing import Any

import pytest

import seep.workflow
from seep.errors import DeniedError
from seep.web.routes import TABLE
from seep.workflow.actor import ROLES, Actor, Requirement, Role, requirement

ROOT = Path(__file__).resolve().parent.parent / "seep" / "workflow"


def workflow_functions() -> Iterator[tuple[str, Callable[..., Any]]]:
    """All public functions of the workflow layer, as "package/module.py: name"."""
    for found in pkgutil.walk_packages(seep.workflow.__path__, "seep.workflow."):
        module = importlib.import_module(found.name)
        for name, value in vars(module).items():
            if isfunction(value) and value.__module__ == found.name and not name.startswith("_"):
                path = Path(str(module.__file__)).relative_to(ROOT)
                yield f"{path.as_posix()}: {name}", value


def checked_functions() -> dict[str, Callable[..., Any]]:
    return {name: one for name, one in workflow_functions() if hasattr(one, "requirement")}


def test_a_function_that_takes_an_actor_names_its_role() -> None:
    acting = {name for name, one in workflow_functions() if "actor" in signature(one).parameters}
    assert acting == checked_functions().keys()


@pytest.mark.parametrize("role", ROLES)
def test_each_function_refuses_each_lower_role(role: Role) -> None:
    """Called with an actor and nothing else, a permitted function misses its arguments: it was let through."""
    checked = checked_functions()
    assert len(checked) > 30
    for name, one in checked.items():
        needed = requirement(one)
        expected = TypeError if ROLES.index(role) >= ROLES.index(needed.role) else DeniedError
        with pytest.raises(expected):
            one(actor=Actor("ann", role), not_a_parameter=name)


def test_a_refusal_names_both_roles() -> None:
    assert Requirement("lead", "promote versions").denial(Actor("ann", "annotator")) == (
        "The role lead is needed to promote versions. You have the role annotator. Ask an admin."
    )


def test_each_route_names_its_role() -> None:
    assert {entry.role for entry in TABLE} <= {*ROLES, "public"}
    public = [f"{entry.method} {entry.path}" for entry in TABLE if entry.role == "public"]
    assert public == [
        "GET /ui/{path:path}",
        "GET /healthz",
        "GET /readyz",
        "GET /login",
        "POST /login",
        "POST /logout",
        "GET /password",
        "POST /password",
        "GET /oidc/login",
        "GET /oidc/callback",
    ]
    assert not [entry.path for entry in TABLE if entry.method != "GET" and entry.role == "viewer"]
