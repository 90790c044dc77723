"""Models: every version with its lineage, one's card and figures, two compared, promote and roll back."""

import streamlit as st

from seep.core.masks.classes import SeepClass
from seep.ui import formatting
from seep.ui.finetune.verdict import known_verdict
from seep.ui.models.evaluation import show_evaluation
from seep.ui.models.files import last_switch, offer_files, offer_import, show_record
from seep.ui.models.registry import card, pair, versions
from seep.ui.models.slick_diff import show_changes
from seep.ui.session import author, current_workspace, shown_errors
from seep.ui.widgets import confirm, nothing_here, page_head
from seep.workflow.classes import get_classes
from seep.workflow.models.promotion import promote, roll_back
from seep.workflow.models.registry import list_models, promotions

FIGURES, SLICKS, RECORD = "On scenes that never train", "Slicks that changed", "Who did what"


def offer_promotion(model: dict | None) -> None:
    """The page's primary action: make the selected version the active one."""
    name = model["name"] if model else ""
    possible = model is not None and not model["active"] and model["state"] != "dropped"
    if st.button(
        f"Promote {formatting.plain(name)}" if possible else "Promote", type="primary", disabled=not possible
    ):
        confirm(
            f"Promote {name}?",
            f"{name} becomes the active model and the open tiles are predicted again. Reviewed tiles stay as "
            f"they are. {known_verdict(model)}",
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
            # Named, so that the second of two quick clicks does not go back once more.
            lambda: roll_back(workspace, author(), standing[0].checkpoint_id),
            key="roll-back",
        )


def compared(one: dict, classes: list[SeepClass]) -> None:
    """The slicks in which a version differs from another, by default the one that it was trained from."""
    others = [other for other in models if other["id"] != one["id"]]
    if not others:
        st.markdown("There is no other version to compare with.")
        return
    first = next((at for at, other in enumerate(others) if other["id"] == one["parent_id"]), None)
    if first is None:
        first = next((at for at, other in enumerate(others) if other["active"]), 0)
    against = st.selectbox("Against", others, first, format_func=lambda other: other["name"], width=280)
    old, new = sorted((against, one), key=lambda model: int(model["id"]))  # gained is what the newer one has
    show_changes(workspace, old, new, classes)


workspace = current_workspace()
models = list_models(workspace)
classes = get_classes(workspace)
names = {one["id"]: one["name"] for one in models}
active = next((one["name"] for one in models if one["active"]), "none")

sentence = f"{formatting.count(len(models), 'version')}; active: {active}{last_switch(workspace)}"
corner = page_head("Models", sentence)
if not models:
    nothing_here("No model yet: the shipped one is missing from models/.", ":material/account_tree:")
    offer_import(workspace)
    st.stop()

left, right = st.columns([3, 2], gap="large")
with left:
    chosen = versions(models)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption("Click a version for its card; tick two to compare them.", width="stretch")
        offer_import(workspace)
shown = chosen[0] if len(chosen) == 1 else next((one for one in models if one["active"]), models[0])
two = chosen if len(chosen) == 2 else None
with right, shown_errors():
    if two:
        st.subheader(formatting.plain(f"{two[0]['name']} and {two[1]['name']}"), anchor=False)
        pair(workspace, two[0], two[1], classes)
    else:
        st.subheader(formatting.plain(shown["name"]), anchor=False)
        card(shown)
        offer_files(workspace, shown)
with corner:  # before what follows, which reads files that may be gone
    standing = [one for one in promotions(workspace) if one.rolled_back_at is None]
    offer_roll_back(standing)
    offer_promotion(chosen[-1] if chosen else None)

views = (SLICKS, RECORD) if two else (FIGURES, SLICKS, RECORD)
view = st.segmented_control(
    "View", views, default=views[0], required=True, label_visibility="collapsed", key=f"view-{len(views)}"
)
if view == SLICKS and two:
    show_changes(workspace, two[0], two[1], classes)
elif view == SLICKS:
    compared(shown, classes)
elif view == RECORD:
    show_record(workspace)
else:
    show_evaluation(workspace, shown, classes)
