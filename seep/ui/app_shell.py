"""The frame of every page: logo, navigation, person, and state of the worker."""

import streamlit as st

from seep.ui import formatting, theme
from seep.ui.session import ask_name, current_workspace, shown_errors
from seep.workflow.imports import background
from seep.workflow.jobs import ACTIVE, list_jobs, missed_heartbeat_s

GUIDE = "guide"
CAME_FROM = "guide-came-from"
"""Key in the session: path of the page that was open before the guide, which shows its chapter."""
PATIENCE_S = 15
"""A worker takes a job within a second or two; one that waits for longer has no worker."""


def pages() -> list[st.Page]:
    """Return the pages in the order of a user's work; paths are relative to `app.py`."""
    return [
        st.Page(
            "pages/overview.py", title="Overview", icon=":material/dashboard:", url_path="", default=True
        ),
        st.Page("pages/browse.py", title="Browse", icon=":material/grid_view:", url_path="browse"),
        st.Page("pages/scene.py", title="Scenes", icon=":material/map:", url_path="scene"),
        st.Page("pages/sites.py", title="Sites", icon=":material/trip_origin:", url_path="sites"),
        st.Page("pages/review.py", title="Review", icon=":material/draw:", url_path="review"),
        st.Page(
            "pages/finetune.py", title="Fine-tune", icon=":material/model_training:", url_path="finetune"
        ),
        st.Page("pages/models.py", title="Models", icon=":material/account_tree:", url_path="models"),
        st.Page("pages/data.py", title="Data", icon=":material/database:", url_path="data"),
        st.Page("pages/settings.py", title="Settings", icon=":material/settings:", url_path="settings"),
        st.Page("pages/guide.py", title="Guide", icon=":material/menu_book:", url_path=GUIDE),
    ]


def show() -> None:
    """Draw the frame and run the page of the URL."""
    st.set_page_config(page_title="Seep", page_icon=theme.ICON, layout="wide", initial_sidebar_state=208)
    theme.apply_style()
    st.logo(theme.MARK, size="medium", icon_image=theme.ICON)
    page = st.navigation(pages(), position="sidebar")
    if page.url_path != GUIDE:
        st.session_state[CAME_FROM] = page.url_path or "overview"
    with st.sidebar:
        ask_name()
        _worker_line()
    with shown_errors():
        page.run()


@st.fragment(run_every=5)
@shown_errors()
def _worker_line() -> None:
    """Say in a line each what is imported and what the worker does; ask again every few seconds."""
    imports = background.last_run(current_workspace())
    if imports and imports.running:
        st.caption(f":blue[:material/progress_activity:] Import, {imports.fraction:.0%}")
    jobs = [job for job in list_jobs(current_workspace(), 20) if job.state in ACTIVE]
    running = next((job for job in jobs if job.state == "running"), None)
    if running:
        kind = formatting.JOB_KINDS.get(running.kind, running.kind)
        silent = missed_heartbeat_s(running)
        if silent is None:
            st.caption(f":blue[:material/progress_activity:] {kind}, {running.progress:.0%}")
        else:
            st.caption(f":orange[:material/error:] {kind}: no heartbeat for {formatting.duration(silent)}")
    elif jobs and formatting.age_s(jobs[-1].created_at) > PATIENCE_S:
        st.caption(":orange[:material/error:] Job queued, no running worker")
    elif jobs:
        st.caption(":gray[:material/schedule:] Starting job")
    elif not (imports and imports.running):
        st.caption(":gray[:material/schedule:] No running jobs")
