"""Browse: all tiles as thumbnails with filters and orders; a click opens a tile on Review."""

import streamlit as st

from seep.ui import formatting, trash
from seep.ui.browse.assignments import assign_button
from seep.ui.browse.bulk_accept import accept_button, find_button, run_keys, suggestion, undo_line
from seep.ui.browse.filters import filter_row, review_query, seen_queue
from seep.ui.browse.label_errors import compare_button, confirm_button, no_label_errors
from seep.ui.browse.reopen import more_menu
from seep.ui.browse.selected_only import only_button, only_selected, show_all_button
from seep.ui.components.gallery.mount import gallery
from seep.ui.data.export import export_dialog
from seep.ui.promotion import promotion_line
from seep.ui.session import base_url, current_actor, current_workspace, shown_errors, worded
from seep.ui.widgets import nothing_here, page_head, role_button
from seep.workflow.exports.exporter import export_zip
from seep.workflow.inference.tiles import enqueue_predict, readable_tiles
from seep.workflow.review.queue import count

MAX_SHOWN = 2000


def selection_bar(selected: list[int]) -> None:
    """Draw the actions for the selected tiles, or for all tiles without a selection."""
    with st.container(horizontal=True, vertical_alignment="center", border=False):
        if not selected:
            show_all_button()
            st.caption(
                f"{matches()} Click to open a tile; Shift+click, Ctrl+click or drag to select.",
                width="stretch",
            )
            icon = ":material/auto_awesome:"
            if role_button("Predict open tiles", enqueue_predict, type="tertiary", icon=icon):
                job = enqueue_predict(workspace, current_actor())
                st.toast("Prediction queued." if job else "No open tiles to predict.")
            if order.label_errors_only:
                compare_button(workspace)
            else:
                find_button(workspace, [tile.id for tile in tiles if tile.state == "unreviewed"])
            return
        st.markdown(f"**{formatting.count(len(selected), 'tile')} selected**", width="content")
        only_button(selected)
        if st.button("Review tiles", icon=":material/draw:"):
            st.switch_page("pages/review.py", query_params={"tiles": ",".join(map(str, selected))})
        if role_button(
            "Predict tiles", enqueue_predict, icon=":material/auto_awesome:", help="With the active version."
        ):
            with shown_errors():
                readable, other = readable_tiles(workspace, selected)
                enqueue_predict(workspace, current_actor(), selected)
                left = f" {len(other)} left out: the active version reads other bands." if other else ""
                st.toast(f"{formatting.count(len(readable), 'tile')} queued for prediction.{left}")
        if role_button(
            "Export tiles", export_zip, icon=":material/download:", help=worded("Masks, slicks or a report.")
        ):
            export_dialog(workspace, selected)
        assign_button(workspace, selected)
        if order.label_errors_only:
            confirm_button(workspace, selected)
        else:
            accept_button(workspace, selected)
        more_menu(workspace, selected)


def matches() -> str:
    """Return the number of matching tiles, "" without filters."""
    if len(tiles) == everything:
        return ""
    if len(tiles) < MAX_SHOWN:
        return f"{formatting.number(len(tiles))} of {formatting.count(everything, 'tile')}."
    matching = formatting.count(count(workspace, chosen), "tile matches", "tiles match")
    return f"{matching}; the first {formatting.number(MAX_SHOWN)} are shown."


workspace = current_workspace()
everything = count(workspace)
corner = page_head("Browse", f"{formatting.count(everything, 'tile')} in this workspace")
if not everything:
    trash.undo_line(workspace)
    icon = ":material/grid_view:"
    nothing_here("No tiles. Import a folder of images.", icon, "Import tiles", "pages/data.py")
    st.stop()

promotion_line(workspace)
chosen, order = filter_row(workspace)
tiles = seen_queue(workspace, chosen, order.key, MAX_SHOWN)
with corner:
    if chosen.scene and st.button("Open map", icon=":material/map:", help="The scene on the Scenes page."):
        st.switch_page("pages/scene.py", query_params={"scene": chosen.scene})
    if st.button("Start review", type="primary", key="start-review", disabled=not tiles):
        st.switch_page("pages/review.py", query_params=review_query(chosen, order))
if not tiles:
    trash.undo_line(workspace)
    if order.label_errors_only:
        no_label_errors(workspace)
    else:
        nothing_here("No tiles match the filters. Clear a filter.", ":material/filter_alt_off:")
    st.stop()

bar = st.container()
tiles = only_selected(tiles)
suggested, choice = suggestion()
answer = gallery(
    tiles=[vars(tile) for tile in tiles],
    base_url=base_url(),
    key="browse-gallery",
    order=order,
    selected=suggested,
    choice=choice,
)
with bar:
    undo_line(workspace)
    trash.undo_line(workspace)
    selection_bar(answer.get("selected") or [])
run_keys(workspace, answer.get("accept") or [], bool(answer.get("undo")))
if answer.get("open"):
    st.switch_page(
        "pages/review.py", query_params={**review_query(chosen, order), "tile": str(answer["open"])}
    )
