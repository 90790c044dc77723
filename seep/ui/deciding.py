"""What can be decided about a candidate: promote it, drop it, or first compare it with what is active now."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from seep.core.signs import minus
from seep.ui import words
from seep.ui.session import author
from seep.ui.widgets import confirm
from seep.workflow.promoting import drop, promote
from seep.workflow.workspace import Workspace

Row = Mapping[str, Any]


def show_outdated(outcome: Row, candidate: Row, active: Row) -> None:
    """Say that a verdict is against a model that is active no longer, and lead to the comparison that counts.

    Args:
        outcome: of the run.
        candidate: what it made, a row of `seep.workflow.models.list_models`.
        active: what is active now, likewise.
    """
    against = outcome.get("against", {}).get("name", "another model")
    st.warning(
        words.plain(
            f"This compares with {against}, which is not active any more: {active['name']} is, and "
            f"{candidate['name']} was not compared with it. Promoting it would replace {active['name']}."
        ),
        icon=":material/history:",
    )
    st.page_link(
        "pages/models.py",
        label=words.plain(f"{candidate['name']} and {active['name']} beside each other"),
        icon=":material/compare:",
        query_params={"versions": f"{active['id']},{candidate['id']}"},
    )


def known_verdict(model: Row) -> str:
    """Return what the run of a model said of it, so that nobody promotes without having read it."""
    outcome = model["outcome"]
    if not outcome:
        return "No run has compared it with another version."
    against = outcome.get("against", {}).get("name", "another version")
    return minus(f"Its run, against {against}: {outcome['sentence']}")


def decide(workspace: Workspace, candidate: Row, verdict: str) -> None:
    """Draw the buttons that promote and drop, each asked once; what the verdict speaks for stands out.

    Args:
        workspace: where.
        candidate: a row of `seep.workflow.models.list_models`.
        verdict: of its run, "better", "worse" or "cannot tell".
    """
    name = candidate["name"]
    if st.button(
        f"Promote {words.plain(name)}",
        type="primary" if verdict == "better" else "secondary",
        icon=":material/check:",
    ):
        confirm(
            f"Promote {name}?",
            f"{name} becomes the active model and the open tiles are predicted again. Reviewed tiles "
            "stay as they are. Models takes it back in one click.",
            "Promote",
            lambda: promote(workspace, candidate["id"], author()),
            key="promote",
        )
    if st.button("Drop", type="primary" if verdict == "worse" else "secondary", icon=":material/delete:"):
        confirm(
            f"Drop {name}?",
            f"{name} is put aside: it stays listed as dropped and cannot be promoted.",
            "Drop",
            lambda: drop(workspace, candidate["id"], author()),
            key="drop",
        )
