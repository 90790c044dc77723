"""Parts of the People page: accounts, tokens, and what each person did."""

from functools import partial
from typing import get_args

import streamlit as st

from seep.ui import formatting
from seep.ui.actions import action_text
from seep.ui.session import current_actor, current_address, shown_errors
from seep.ui.widgets import nothing_here, quiet_table
from seep.workflow.access import accounts, tokens
from seep.workflow.access.accounts import MAX_ACCOUNT, MAX_NAME, Account
from seep.workflow.access.activity import activity_lines, activity_of
from seep.workflow.access.passwords import MIN_CHARACTERS
from seep.workflow.actor import Actor, Role
from seep.workflow.workspace import Workspace

ROLES = get_args(Role)
_WIDTHS = [3, 2, 3, 2, 2]
_ADDED, _SET = "people-added", "passwords-set"
_MUST_CHANGE = "Must be changed at the next sign-in"
_EVERYBODY = "Everybody"
_SUBJECT = 24
"""Most characters of a subject, which may be a path."""
_NEW_TOKEN = "new-token"  # noqa: S105 - a key of the session's state


def account_list(workspace: Workspace, people: list[Account]) -> None:
    """Draw one row per person with the role, the sessions, and the actions on them."""
    for column, title in zip(st.columns(_WIDTHS), ("Name", "Role", "Sessions", "", ""), strict=True):
        column.caption(title)
    for person in people:
        _account_row(workspace, person)


def _account_row(workspace: Workspace, one: Account) -> None:
    name, role, sessions, end, state = st.columns(_WIDTHS, vertical_alignment="center")
    name.markdown(formatting.plain(one.name), help=f"Signs in by {one.provider}.")
    chosen = role.selectbox(
        f"Role of {one.name}",
        ROLES,
        ROLES.index(one.role),
        key=f"role-{one.id}",
        label_visibility="collapsed",
    )
    if chosen != one.role:
        with shown_errors():
            accounts.change(workspace, one.id, current_actor(), role=chosen)
            st.rerun()
    newest = f", last sign-in {formatting.moment(one.sessions[0].created_at)}" if one.sessions else ""
    sessions.caption(
        "Disabled" if one.disabled else f"{formatting.count(len(one.sessions), 'session')}{newest}"
    )
    if end.button(
        "End sessions", disabled=not one.sessions, key=f"end-{one.id}", help=f"Sign {one.name} out."
    ):
        accounts.end_sessions(workspace, one.id, current_actor(), address=current_address())
        st.rerun()
    label = "Enable" if one.disabled else "Disable"
    if state.button(label, key=f"state-{one.id}", help=f"{label} signing in for {one.name}."):
        with shown_errors():
            accounts.change(workspace, one.id, current_actor(), disabled=not one.disabled)
            st.rerun()


def add_form(workspace: Workspace) -> None:
    """Draw the form for a new local account."""
    added = int(st.session_state.get(_ADDED, 0))  # new fields after each person; a refused one stays in them
    with st.form("add-person", border=True):
        name = st.text_input("Name", max_chars=MAX_NAME, key=f"new-name-{added}")
        role = st.selectbox("Role", ROLES, 1, key=f"new-role-{added}")
        password = st.text_input(
            "Password",
            type="password",
            key=f"new-password-{added}",
            help=f"At least {MIN_CHARACTERS} characters.",
        )
        must_change = st.checkbox(_MUST_CHANGE, value=True, key=f"new-must-change-{added}")
        if st.form_submit_button("Add person"):
            with shown_errors():
                accounts.add_local(
                    workspace,
                    name.strip(),
                    role,
                    password,
                    current_actor(),
                    must_change_password=must_change,
                )
                st.session_state[_ADDED] = added + 1
                st.rerun()


def invite_form(workspace: Workspace) -> None:
    """Draw the form that invites a person who signs in by a provider or a proxy."""
    added = int(st.session_state.get(_ADDED, 0))
    with st.form("invite-person", border=True):
        name = st.text_input("Name", max_chars=MAX_NAME, key=f"new-name-{added}")
        account = st.text_input(
            "Account",
            max_chars=MAX_ACCOUNT,
            key=f"new-account-{added}",
            help="The email address at the provider, or the name that the proxy sends.",
        )
        role = st.selectbox("Role", ROLES, 1, key=f"new-role-{added}")
        if st.form_submit_button("Invite person"):
            with shown_errors():
                accounts.invite(workspace, name.strip(), account, role, current_actor())
                st.session_state[_ADDED] = added + 1
                st.rerun()


def password_form(workspace: Workspace, people: list[Account]) -> None:
    """Draw the form that sets the password of a local account; the person is signed out everywhere."""
    done = int(st.session_state.get(_SET, 0))
    local = [person for person in people if person.provider == "local"]
    with st.form("set-password", border=True):
        chosen = st.selectbox("Person", local, format_func=lambda one: one.name, key="password-person")
        password = st.text_input(
            "New password",
            type="password",
            key=f"set-password-{done}",
            help=f"At least {MIN_CHARACTERS} characters. The sessions of the person end.",
        )
        must_change = st.checkbox(_MUST_CHANGE, value=True, key=f"set-must-change-{done}")
        if st.form_submit_button("Set password") and chosen is not None:
            with shown_errors():
                accounts.change(
                    workspace, chosen.id, current_actor(), password=password, must_change_password=must_change
                )
                st.session_state[_SET] = done + 1
                st.rerun()


def token_list(workspace: Workspace, people: list[Account]) -> None:
    """Draw the tokens that can be used, and the form for a new one; a new token is shown once."""
    listed = [pair for pair in tokens.list_tokens(workspace, current_actor()) if pair[0].revoked_at is None]
    for token, owner in listed:
        used = f"used {formatting.moment(token.used_at)}" if token.used_at else "never used"
        sentence = f"{token.name}: {owner}, {token.scope}, until {token.expires_at[:10]}, {used}"
        with st.container(horizontal=True, vertical_alignment="center", key=f"token-{token.id}"):
            st.markdown(formatting.plain(sentence), width="stretch")
            if st.button("Revoke", key=f"revoke-{token.id}"):
                tokens.revoke(workspace, token.id, current_actor())
                st.rerun()
    if _NEW_TOKEN in st.session_state:
        st.caption("New token, shown once. Copy it now.")
        st.code(st.session_state.pop(_NEW_TOKEN), language=None, wrap_lines=True)
    with st.form("add-token", border=True):
        owner = st.selectbox("Person", [person.name for person in people], key="token-person")
        name = st.text_input("Purpose", "script", max_chars=MAX_NAME, key="token-name")
        scope = st.selectbox("Scope", list(tokens.SCOPES), key="token-scope")
        days = st.number_input("Days", 1, tokens.MAX_DAYS, 30, key="token-days")
        if st.form_submit_button("Create token"):
            with shown_errors():
                _, st.session_state[_NEW_TOKEN] = tokens.create(
                    workspace, owner, name=name, scope=scope, days=int(days), actor=current_actor()
                )
                st.rerun()


def activity(workspace: Workspace, people: list[Account]) -> None:
    """Draw the newest actions of one person with the failed sign-ins, or of everybody."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("Person", [None, *people], format_func=_shown_name, key="activity-person")
        name = chosen.name if chosen else None
        for label, file_format in (("CSV", "csv"), ("JSON lines", "jsonl")):
            st.download_button(
                label,
                partial(_whole_log, workspace, file_format, current_actor(), name),
                f"activity.{file_format}",
                icon=":material/download:",
                on_click="ignore",
                help="The whole log of everybody, or the actions of the chosen person",
            )
    rows = [
        {
            "Time": formatting.unbroken(formatting.moment(one.created_at)),
            **({} if chosen else {"Author": formatting.shortened(one.author, _SUBJECT)}),
            "Action": formatting.unbroken(action_text(one.action)),
            "Subject": formatting.shortened(one.subject, _SUBJECT),
            "Address": str(one.details.get("address", "")),
        }
        for one in activity_of(workspace, name, current_actor())
    ]
    if rows:
        with st.container(height=360, border=False):
            quiet_table(rows)
    else:
        nothing_here("No actions by this person.", ":material/history:", framed=False)


def _whole_log(workspace: Workspace, file_format: str, actor: Actor, name: str | None) -> str:
    return "".join(activity_lines(workspace, file_format, actor, name=name))


def _shown_name(one: Account | None) -> str:
    return one.name if one else _EVERYBODY
