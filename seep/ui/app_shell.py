"""The frame of every page: logo, navigation, person, and state of the worker."""

from html import escape

import streamlit as st

from seep.core.text import percent
from seep.errors import SeepError, SignedOutError
from seep.ui import formatting, theme
from seep.ui.session import about_seeps, current_actor, current_workspace, drawing_for, shown_errors, sign_out
from seep.web.login import login_address, password_address
from seep.web.page_list import GUIDE, OVERVIEW, PAGES, PEOPLE, SITES
from seep.workflow.actor import Actor
from seep.workflow.imports import background
from seep.workflow.jobs import ACTIVE, list_jobs, missed_heartbeat_s
from seep.workflow.maintenance.worker_lock import other_app
from seep.workflow.places.places import list_places

CAME_FROM = "guide-came-from"
"""Key in the session: path of the page that was open before the guide, which shows its chapter."""
PATIENCE_S = 15
"""A worker takes a job within a second or two; one that waits for longer has no worker."""


_PERSON = ":material/person: "


def pages(*, people: bool = False, sites: bool = True) -> list[st.Page]:
    """Return the pages in the order of a user's work; paths are relative to `app.py`.

    Args:
        people: list the page for accounts; to others its address says why it is not for them.
        sites: list the page for sites; its address works without.
    """
    return [
        st.Page(
            f"pages/{page.name}.py",
            title=page.title,
            icon=f":material/{page.icon}:",
            url_path=page.path,
            default=page.name == OVERVIEW,
            visibility="visible" if {PEOPLE: people, SITES: sites}.get(page.name, True) else "hidden",
        )
        for page in PAGES
    ]


def show() -> None:
    """Draw the frame and run the page of the URL."""
    st.set_page_config(page_title="Seep", page_icon=theme.ICON, layout="wide", initial_sidebar_state=208)
    theme.apply_style()
    st.logo(theme.MARK, size="medium", icon_image=theme.ICON)
    try:
        actor = current_actor()
    except SignedOutError:
        _signed_out()
        return
    except SeepError:
        actor = None  # the page says why the workspace cannot be opened
    with drawing_for(actor):
        _show_page(actor)


def _show_page(actor: Actor | None) -> None:
    """Draw the sidebar, and run the page of the URL."""
    signs_in = actor is not None and current_workspace().settings.auth != "none"
    page = st.navigation(
        pages(
            people=signs_in and actor is not None and actor.may("admin"),
            sites=actor is None or about_seeps() or bool(list_places(current_workspace())),
        ),
        position="sidebar",
    )
    if page.url_path != GUIDE:
        st.session_state[CAME_FROM] = page.url_path or OVERVIEW
    with st.sidebar:
        if actor:
            _person_line(actor)
        _worker_line()
    with shown_errors():
        page.run()


def _signed_out() -> None:
    """Draw the page of a session that has ended; nothing of the workspace."""
    st.navigation([st.Page(_sign_in_link, title="Seep", default=True)], position="hidden").run()


def _sign_in_link() -> None:
    st.title("Signed out", anchor=False)
    st.markdown("Your session has ended. What you painted and did not save is kept in this browser.")
    st.html(f'<div class="signed-out"><a href="{escape(login_address(""))}">Sign in</a></div>')


def _person_line(actor: Actor) -> None:
    """Draw who works here and, where people sign in, the role and the way out."""
    if current_workspace().settings.auth == "none":
        name = formatting.plain(f"Saving as {actor.name}")
        st.caption(_PERSON + name, help="Change this name on the Settings page.")
        return
    st.caption(_PERSON + formatting.plain(f"{actor.name}, {actor.role}"))
    if current_workspace().settings.auth == "local":
        st.link_button(
            "Change password",
            password_address("/"),
            type="tertiary",
            icon=":material/key:",
            key="change-password",
        )
    if current_workspace().settings.auth in {"local", "oidc"}:
        st.button("Sign out", type="tertiary", icon=":material/logout:", key="sign-out", on_click=sign_out)


def _other_app_line() -> None:
    """Name another app on the same SQLite workspace to those who can end it."""
    workspace = current_workspace()
    on_sqlite = (workspace.settings.database_url or "sqlite").startswith("sqlite")
    other = other_app(workspace.store.root) if on_sqlite else None
    if other and current_actor().may("lead"):
        st.caption(
            ":orange[:material/warning:] Another app on this workspace",
            help=formatting.plain(
                f"It runs the jobs: {other.text}. Stop one of the two. "
                "Several machines need PostgreSQL; see Operations."
            ),
        )


@st.fragment(run_every=5)
@shown_errors()
def _worker_line() -> None:
    """Say in a line each what is imported and what the worker does; ask again every few seconds."""
    _other_app_line()
    imports = background.last_run(current_workspace())
    if imports and imports.running:
        st.caption(f":blue[:material/progress_activity:] Import, {percent(imports.fraction)}")
    jobs = [job for job in list_jobs(current_workspace(), 20) if job.state in ACTIVE]
    running = next((job for job in jobs if job.state == "running"), None)
    if running:
        kind = formatting.JOB_KINDS.get(running.kind, running.kind)
        silent = missed_heartbeat_s(running)
        if silent is None:
            st.caption(f":blue[:material/progress_activity:] {kind}, {percent(running.progress)}")
        else:
            st.caption(f":orange[:material/error:] {kind}: no heartbeat for {formatting.duration(silent)}")
    elif jobs and formatting.age_s(jobs[-1].created_at) > PATIENCE_S:
        st.caption(":orange[:material/error:] Job queued, no running worker")
    elif jobs:
        st.caption(":gray[:material/schedule:] Starting job")
    elif not (imports and imports.running):
        st.caption(":gray[:material/schedule:] No running jobs")
