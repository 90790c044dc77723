"""Guide: the chapters of the documentation, first the one about the page that was open before."""

import streamlit as st

from seep.ui.app_shell import CAME_FROM
from seep.ui.guide import TITLES, parts, picture
from seep.ui.widgets import page_head

before = st.session_state.get(CAME_FROM, "overview")
asked = st.query_params.get("chapter", before)
names = list(TITLES)
head = st.container()
left, right = st.columns([1, 4], gap="large")
with left:
    chapter = st.radio(
        "Chapter",
        names,
        names.index(asked if asked in TITLES else "overview"),
        format_func=TITLES.__getitem__,
        label_visibility="collapsed",
    )
with head:
    page_head(f"Guide: {TITLES[chapter]}")
with right:
    for part in parts(chapter):
        if isinstance(part, str):
            st.markdown(part)
        else:
            st.html(picture(*part))
