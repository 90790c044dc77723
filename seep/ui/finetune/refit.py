"""The line that offers to train the slick head again with what was reviewed since."""

import uuid

import streamlit as st

from seep.ui import formatting
from seep.ui.session import current_actor, shown_errors, why_not
from seep.workflow.training.head_refit import refit_offer
from seep.workflow.training.requests import enqueue_finetune
from seep.workflow.workspace import Workspace

_REQUEST = "refit-request"


def refit_line(workspace: Workspace) -> None:
    """Draw the offer, for roles that may train; nothing while there is none. Its button opens Fine-tune."""
    offer = None if why_not(enqueue_finetune) else refit_offer(workspace)
    if offer is None:
        return
    count, request = offer
    with st.container(horizontal=True, vertical_alignment="center", border=False, key="refit-row"):
        tiles = formatting.count(count, "tile was", "tiles were")
        st.caption(
            f":material/filter_alt: {tiles} reviewed since the slick head was trained.",
            help="The slick head removes predicted look-alikes. A refit takes seconds on a CPU, then the comparison. "
            "The network stays as it is. The result is a candidate with a verdict.",
            width="content",
        )
        pressed = st.button(
            "Refit slick head", key="refit", type="tertiary", icon=":material/model_training:"
        )
    if pressed:
        with shown_errors():
            enqueue_finetune(
                workspace, request, current_actor(), st.session_state.setdefault(_REQUEST, uuid.uuid4().hex)
            )
            del st.session_state[_REQUEST]
            st.switch_page("pages/finetune.py")
