"""Models: all versions with their lineage, one version's card and metrics, two compared, promote, roll back."""

from collections.abc import Sequence
from typing import Literal

import streamlit as st

from seep.ui import formatting
from seep.ui.finetune.verdict import is_better, known_verdict
from seep.ui.models.evaluation import show_evaluation
from seep.ui.models.files import export_and_drop_buttons, import_button, last_promotion, show_activity
from seep.ui.models.registry import show_card, show_details, show_pair, version_table
from seep.ui.models.slick_diff import compare_slicks, show_slick_changes
from seep.ui.promotion import promotion_line
from seep.ui.session import current_actor, current_workspace, shown_errors, worded
from seep.ui.widgets import confirm, nothing_here, page_head, role_button
from seep.workflow.classes import get_classes
from seep.workflow.evaluation.comparable import version_metrics
from seep.workflow.models.promotion import promote, roll_back
from seep.workflow.models.registry import ModelVersion, active_model, list_models, promotions

EVALUATION, SLICKS, ACTIVITY = "Evaluation", "Changed slicks", "Activity log"


def promote_button(model: ModelVersion | None) -> None:
    """Draw the button that makes the selected version active; primary only for one that is better."""
    possible = model is not None and not model.active and model.state != "dropped"
    label = f"Promote {formatting.plain(model.name)}" if model and possible else "Promote"
    kind: Literal["primary", "secondary"] = "primary" if model and is_better(model, active) else "secondary"
    if role_button(label, promote, type=kind, disabled=not possible, key="promote") and model:
        confirm(
            f"Promote {model.name}?",
            f"{model.name} becomes the active version, and the open tiles are predicted again. Reviewed tiles do "
            f"not change. {known_verdict(model)}",
            "Promote",
            lambda: promote(workspace, model.id, current_actor()),
            key="promote",
        )


def roll_back_button(promoted: Sequence[int]) -> None:
    """Draw the button that makes the previously active version active again.

    Args:
        promoted: ids of the versions that were active, newest first, without those that were rolled back.
    """
    previous = names.get(promoted[1], "the previous version") if len(promoted) > 1 else None
    if role_button(
        "Roll back", roll_back, icon=":material/undo:", disabled=previous is None, key="roll-back"
    ):
        confirm(
            f"Roll back to {previous}?",
            f"{previous} becomes the active version again, and its predictions are shown. {active_name} stays "
            "in the list and can be promoted again.",
            "Roll back",
            # With the active version named, the second of two quick clicks does not go back once more.
            lambda: roll_back(workspace, current_actor(), promoted[0]),
            key="roll-back",
        )


workspace = current_workspace()
models = list_models(workspace)
classes = get_classes(workspace)
names = {one.id: one.name for one in models}
active = active_model(models)
active_name = active.name if active else "none"

sentence = f"{formatting.count(len(models), 'version')}; active: {active_name}{last_promotion(workspace)}"
corner = page_head("Models", sentence)
promotion_line(workspace)
if not models:
    nothing_here("No model: the shipped one is missing from models/.", ":material/account_tree:")
    import_button(workspace)
    st.stop()

metrics = version_metrics(workspace, models)
selected = version_table(models, metrics)
shown = selected[0] if len(selected) == 1 else active or models[0]
pair = (selected[0], selected[1]) if len(selected) == 2 else None
with shown_errors():
    with st.container(horizontal=True, vertical_alignment="center"):
        title = f"{pair[0].name} and {pair[1].name}" if pair else shown.name
        st.header(formatting.plain(title), anchor=False, width="content")
        st.caption("Click a version to see its card. Select two to compare them.", width="stretch")
        if not pair:
            export_and_drop_buttons(workspace, shown)
        import_button(workspace)
    if pair:
        show_pair(workspace, *pair, classes)
    else:
        show_card(shown, metrics.get(shown.id), classes)
        show_details(shown)
with corner:  # before what follows, which reads files that may be missing
    roll_back_button(
        [promotion.checkpoint_id for promotion in promotions(workspace) if promotion.rolled_back_at is None]
    )
    promote_button(selected[-1] if selected else None)

views = (SLICKS, ACTIVITY) if pair else (EVALUATION, SLICKS, ACTIVITY)
view = st.segmented_control(
    "View",
    views,
    default=views[0],
    required=True,
    label_visibility="collapsed",
    key=f"view-{len(views)}",
    format_func=worded,
)
if view == SLICKS and pair:
    show_slick_changes(workspace, *pair, classes)
elif view == SLICKS:
    compare_slicks(workspace, shown, models, classes)
elif view == ACTIVITY:
    show_activity(workspace)
else:
    show_evaluation(workspace, shown, metrics.get(shown.id), classes)
