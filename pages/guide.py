"""Guide: the chapters of the documentation, first the one about the page that was open before."""

import streamlit as st

from seep.ui.app_shell import CAME_FROM
from seep.ui.formatting import plain
from seep.ui.guide import TITLES, parts, picture
from seep.ui.widgets import page_head

before = st.session_state.get(CAME_FROM, "overview")
asked = st.query_params.get("chapter", before)
chapter = asked if asked in TITLES else "overview"
if chapter != asked and "chapter" in st.query_params:
    st.toast(f"There is no chapter {plain(asked)}; this is {TITLES[chapter]}.", icon=":material/info:")
page_head(f"Guide: {TITLES[chapter]}")
left, right = st.columns([1, 5], gap="large")
with left.container(key="chapters"):
    for name, title in TITLES.items():
        if name == chapter:
            st.markdown(f"**{title}**")
        else:
            st.page_link("pages/guide.py", label=title, query_params={"chapter": name})
with right:
    for part in parts(chapter):
        if isinstance(part, str):
            st.markdown(part)
        else:
            st.html(picture(*part))
