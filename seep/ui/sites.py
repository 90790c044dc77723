"""Head of the Sites page: the selected place, proposals of places, and the way to Review."""

from collections.abc import Sequence

import streamlit as st

from seep.core.text import counted
from seep.ui import formatting
from seep.ui.score_weights import weights_dialog
from seep.workflow.actor import Actor, requirement
from seep.workflow.places.pass_pictures import tile_at
from seep.workflow.places.places import PlaceSummary, add_passes, create_place, move_passes
from seep.workflow.places.proposals import Proposal, dismiss, propose_places
from seep.workflow.workspace import Workspace

QUERY_PARAMETER = "place"
SITE_PARAMETER = "site"
_SELECTED = "place-chosen"


def select_place(workspace: Workspace, places: Sequence[PlaceSummary], actor: Actor) -> PlaceSummary:
    """Draw the page's head with the place selector; return the selected place.

    The URL names the place, so that links to a place work.

    Args:
        places: at least one.
        actor: who may change the weights of the score.
    """
    by_name = {place.place.name: place for place in places}
    from_url = st.query_params.get(QUERY_PARAMETER)
    if from_url and from_url not in by_name:
        st.toast(
            formatting.plain(f"Ignored unknown place in the URL: {from_url[:60]!r}."),
            icon=":material/filter_alt_off:",
        )
    if from_url in by_name and st.session_state.get(_SELECTED) != from_url:
        st.session_state[_SELECTED] = from_url
    elif st.session_state.get(_SELECTED) not in by_name:
        st.session_state[_SELECTED] = next(iter(by_name))
    with st.container(horizontal=True, vertical_alignment="center", key="place-head"):
        st.title("Sites", anchor=False, width="content")
        st.selectbox(
            "Place",
            list(by_name),
            key=_SELECTED,
            format_func=lambda name: (
                f"{formatting.shortened(name, 30)}  ({counted(len(by_name[name].passes), 'pass', 'passes')})"
            ),
            label_visibility="collapsed",
            width=340,
            on_change=_update_url,
        )
        selected = by_name[st.session_state[_SELECTED]]
        st.caption(formatting.plain(_times(selected)), width="stretch")
        _one_split(workspace, selected, actor)
        if st.button("Score weights", icon=":material/balance:", help="How the score of sites is made"):
            weights_dialog(workspace, selected.place.id, actor)
    _update_url()
    return selected


def _one_split(workspace: Workspace, place: PlaceSummary, actor: Actor) -> None:
    """Draw what is wrong with passes in several splits, with a way to move them into one."""
    splits = place.splits
    if len(splits) < 2:
        return
    counts = [f"{number} {formatting.SPLITS[split].lower()}" for split, number in splits.items()]
    with st.popover(f"Passes in {len(splits)} splits", icon=":material/warning:", key="place-splits"):
        st.markdown(
            f"Passes of this place: {', '.join(counts[:-1])} and {counts[-1]}. They show the same ground. A model "
            "trained on one of them has better results on the others than at new places. Versions that exist stay "
            "as they are."
        )
        split = st.selectbox(
            "Split of all passes", list(splits), key="place-split", format_func=formatting.SPLITS.__getitem__
        )
        denial = requirement(move_passes).denial(actor)
        if st.button(
            "Move passes", key="move-passes", type="primary", disabled=denial is not None, help=denial
        ):
            moved = move_passes(workspace, place.place.id, split, actor)
            st.toast(f"{counted(moved, 'pass', 'passes')} moved to {formatting.SPLITS[split].lower()}.")
            st.rerun()


def _update_url() -> None:
    if st.query_params.get(QUERY_PARAMETER) != st.session_state[_SELECTED]:
        st.query_params[QUERY_PARAMETER] = st.session_state[_SELECTED]


def _times(place: PlaceSummary) -> str:
    known = [one.acquired_at[:10] for one in place.passes if one.acquired_at]
    unknown = len(place.ordered_by_name)
    if not known:
        return "Acquisition times unknown: passes keep the order of their names."
    span = f"{known[0]} to {known[-1]}" if known[0] != known[-1] else known[0]
    if unknown:
        return f"{span}; {counted(unknown, 'pass', 'passes')} of unknown time, in the order of their names"
    return span


def url_site() -> int | None:
    """Return the number of the site in the URL; None without one."""
    text = st.query_params.get(SITE_PARAMETER, "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else None


def show_proposals(workspace: Workspace, actor: Actor, *, folded: bool = False) -> bool:
    """Draw a row per proposed place with buttons to confirm and to dismiss it; return whether there is one.

    Args:
        actor: who may confirm them.
        folded: in an expander, which leaves the room to the map of a place.
    """
    with st.spinner("Comparing the scenes"):
        found = propose_places(workspace)
    if found and folded:
        with st.expander(counted(len(found), "proposal of passes", "proposals of passes"), key="proposals"):
            _list_proposals(workspace, found, actor)
    else:
        _list_proposals(workspace, found, actor)
    return bool(found)


def _list_proposals(workspace: Workspace, found: Sequence[Proposal], actor: Actor) -> None:
    denial = requirement(create_place).denial(actor)
    for number, one in enumerate(found):
        with st.container(
            border=True, horizontal=True, vertical_alignment="center", key=f"place-proposal-{number}"
        ):
            st.markdown(formatting.plain(one.sentence), width="stretch")
            if st.button("Dismiss", key=f"dismiss-place-{number}", disabled=denial is not None, help=denial):
                dismiss(workspace, one.scenes, actor)
                st.rerun()
            label = "Confirm place" if one.place_id is None else "Add passes"
            if st.button(
                label, key=f"confirm-place-{number}", type="primary", disabled=denial is not None, help=denial
            ):
                with st.spinner("Detecting sites", show_time=True):
                    _confirm(workspace, one, actor)
                st.rerun()


def _confirm(workspace: Workspace, proposal: Proposal, actor: Actor) -> None:
    if proposal.place_id is None:
        place = create_place(workspace, proposal.name, proposal.scenes, actor)
        st.session_state[_SELECTED] = place.place.name
    else:
        add_passes(workspace, proposal.place_id, proposal.scenes, actor)


def review_address(workspace: Workspace, scene_id: int, x: float, y: float) -> dict[str, str] | None:
    """Return the query of the Review page for a point of a pass; None where no tile is there."""
    tile = tile_at(workspace, scene_id, x, y)
    return None if tile is None else {"scene": tile.scene, "tile": str(tile.id)}
