"""Scenes page: a zoomable map of a scene; a click opens a tile on Review."""

import streamlit as st

from seep.ui.components.scene_map.mount import scene_map
from seep.ui.scenes import select_scene
from seep.ui.session import about_seeps, base_url, current_actor, current_workspace
from seep.ui.trash import undo_line
from seep.ui.widgets import nothing_here, page_head
from seep.workflow.scenes.listing import scene_progress

workspace = current_workspace()
scenes = scene_progress(workspace)
if not scenes:
    page_head("Scenes")
    undo_line(workspace)
    nothing_here(
        "No scenes yet. Import a large image or a folder of tiles.",
        ":material/map:",
        "Import images",
        "pages/data.py",
    )
    st.stop()

scene = select_scene(workspace, scenes)
undo_line(workspace)
opened = scene_map(
    scene_id=scene.id, author=current_actor().name, base_url=base_url(), about_seeps=about_seeps()
)
if opened is not None:
    st.switch_page("pages/review.py", query_params={"scene": scene.name, "tile": str(opened)})
