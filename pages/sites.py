"""Sites page: the slicks of all passes of a place, its sites, and the contact sheet of each."""

import streamlit as st

from seep.ui.components.site_map.mount import site_map
from seep.ui.session import base_url, current_actor, current_workspace
from seep.ui.sites import review_address, select_place, show_proposals, url_site
from seep.ui.widgets import nothing_here, page_head
from seep.workflow.places.places import list_places

workspace, actor = current_workspace(), current_actor()
places = list_places(workspace)
if not places:
    page_head("Sites", "Places where slicks begin again and again, from several passes over the same ground")
    if not show_proposals(workspace, actor):
        nothing_here(
            "No places yet. Scenes of the same ground on several dates are proposed here as passes of one place.",
            ":material/trip_origin:",
            "Import scenes",
            "pages/data.py",
        )
    st.stop()

place = select_place(workspace, places, actor)
show_proposals(workspace, actor, folded=True)
opened = site_map(place_id=place.place.id, author=actor.name, site=url_site(), base_url=base_url())
if opened is not None:
    address = review_address(workspace, *opened)
    if address:
        st.switch_page("pages/review.py", query_params=address)
