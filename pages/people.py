"""People: accounts with their roles and sessions, tokens for scripts, activity by person; for admins."""

import streamlit as st

from seep.ui import formatting
from seep.ui.people import account_list, activity, add_form, invite_form, password_form, token_list
from seep.ui.session import current_actor, current_workspace, why_not
from seep.ui.widgets import nothing_here, page_head
from seep.workflow.access.accounts import list_accounts

workspace = current_workspace()
if workspace.settings.auth == "none":
    page_head("People")
    nothing_here("This app has no accounts. The setting SEEP_AUTH adds sign-in.", ":material/group:")
    st.stop()

reason = why_not(list_accounts)
if reason:
    page_head("People")
    st.info(reason)
    st.stop()

people = list_accounts(workspace, current_actor())
page_head("People", f"{formatting.count(len(people), 'person', 'people')} in this workspace")

st.header("Accounts", anchor=False)
account_list(workspace, people)
left, right = st.columns(2, gap="large")
with left:
    if workspace.settings.auth == "local":
        st.header("Add person", anchor=False)
        add_form(workspace)
        st.header("Set password", anchor=False)
        password_form(workspace, people)
    else:
        st.header("Invite person", anchor=False)
        invite_form(workspace)
with right:
    st.header("Tokens for scripts", anchor=False)
    token_list(workspace, people)
st.header("Activity by person", anchor=False)
if people:
    activity(workspace, people)
