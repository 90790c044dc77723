"""Guide: the chapters of the documentation, first the one about the page that was open before."""

import streamlit as st

from seep.ui.app_shell import CAME_FROM
from seep.ui.guide import TITLES, parts
from seep.ui.widgets import page_head

before = st.session_state.get(CAME_FROM, "overview")
asked = st.query_params.get("chapter", before)
chapter = asked if asked in TITLES else "overview"
page_head(f"Guide: {TITLES[chapter]}")

left, right = st.columns([1, 4], gap="large")
with left, st.container(gap="xxsmall"):
    for name, title in TITLES.items():
        label = f"**{title}**" if name == chapter else title
        st.page_link("pages/guide.py", label=label, query_params={"chapter": name}, width="stretch")
with right:
    for part in parts(chapter):
        if isinstance(part, str):
            st.markdown(part)
        else:
            st.image(str(part[0]), caption=part[1], width="stretch")
