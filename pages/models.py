"""Models: every version with its lineage, the card of one, two beside each other, promote and roll back."""

import streamlit as st

from seep.ui import words
from seep.ui.models import card, in_lineage, pair, table
from seep.ui.session import author, current_workspace
from seep.ui.widgets import confirm, nothing_here, page_head, quiet_table
from seep.workflow.classes import get_classes
from seep.workflow.models import list_models, promotions
from seep.workflow.promoting import promote, roll_back


def offer_promotion(model: dict | None) -> None:
    """The page's primary action: make the selected version the active one."""
    name = model["name"] if model else ""
    possible = model is not None and not model["active"] and model["state"] != "dropped"
    if st.button(
        f"Promote {words.plain(name)}" if possible else "Promote", type="primary", disabled=not possible
    ):
        confirm(
            f"Promote {name}?",
            f"{name} becomes the active model and the open tiles are predicted again. Reviewed tiles stay as "
            "they are.",
            "Promote",
            lambda: promote(workspace, model["id"], author()),
            key="promote",
        )


def offer_roll_back(standing: list) -> None:
    """One click back to the version that was active before, asked once."""
    before = names.get(standing[1].checkpoint_id, "the version before") if len(standing) > 1 else None
    if st.button("Roll back", icon=":material/undo:", disabled=before is None):
        confirm(
            f"Roll back to {before}?",
            f"{before} becomes the active model again and its predictions are shown as they were. {active} "
            "stays listed and can be promoted again.",
            "Roll back",
            lambda: roll_back(workspace, author()),
            key="roll-back",
        )


workspace = current_workspace()
models = in_lineage(list_models(workspace))
classes = get_classes(workspace)
names = {one["id"]: one["name"] for one in models}
active = next((one["name"] for one in models if one["active"]), "none")
history = promotions(workspace)

corner = page_head("Models", f"{words.count(len(models), 'version')}; active: {active}")
if not models:
    nothing_here("No model yet: the shipped one is missing from models/.", ":material/account_tree:")
    st.stop()

left, right = st.columns([3, 2], gap="large")
with left:
    chosen = table(models)
    st.caption("Select one version for its card, two to compare them.")
    st.subheader("Who promoted what", anchor=False)
    rows = [
        {
            "when": words.moment(one.created_at),
            "who": one.author,
            "promoted": names.get(one.checkpoint_id, "–"),
            "taken back": f"{words.moment(one.rolled_back_at)} by {one.rolled_back_by}"
            if one.rolled_back_at
            else "",
        }
        for one in history
    ]
    with st.container(height="content" if len(rows) < 10 else 300, border=False):
        quiet_table(rows)
shown = chosen[0] if len(chosen) == 1 else next((one for one in models if one["active"]), models[0])
with right:
    if len(chosen) == 2:
        st.subheader(words.plain(f"{chosen[0]['name']} and {chosen[1]['name']}"), anchor=False)
        pair(chosen[0], chosen[1], classes)
    else:
        st.subheader(words.plain(shown["name"]), anchor=False)
        card(shown, [one.name for one in classes])
with corner:
    offer_roll_back([one for one in history if one.rolled_back_at is None])
    offer_promotion(chosen[-1] if chosen else None)
