"""Weights of the score of sites: a dialog that shows what a change moves before it is saved."""

from collections.abc import Mapping
from dataclasses import replace

import streamlit as st

from seep.core.sites.score import MAX_WEIGHT, SiteScore, Weights, top_kept
from seep.errors import SeepError
from seep.ui import formatting
from seep.workflow.actor import Actor, requirement
from seep.workflow.places.detection import place_sites
from seep.workflow.places.site_scores import get_weights, set_weights, site_scores
from seep.workflow.reference_layers import list_layers, references_around
from seep.workflow.workspace import Workspace

_HELP = {
    "recurrence": "Lower end of the 95 % interval of the rate",
    "origins": "1 where all slicks begin at one spot, 0 where they begin at the radius of the site",
    "wind": "1 where all slicks lie with the wind of their pass, 0 across or against it",
    "reviewed": "Share of the slicks whose masks were reviewed",
}


@st.dialog("Score of sites", width="large")
def weights_dialog(workspace: Workspace, place_id: int, actor: Actor) -> None:
    """Let a lead change the weights; show the sites whose class or order would change."""
    denial = requirement(set_weights).denial(actor)
    saved = get_weights(workspace)
    st.caption(
        "The score is the weighted mean of these terms, from 0 to 1; unknown terms do not count. "
        "It never changes the rank."
    )
    columns = st.columns(4)
    terms = {
        name: columns[at % 4].number_input(
            name.capitalize(), 0.0, MAX_WEIGHT, weight, 0.5, help=_HELP[name], key=f"weight-{name}"
        )
        for at, (name, weight) in enumerate(saved.terms.items())
    }
    layers = dict(saved.layers)
    for at, layer in enumerate(list_layers(workspace)):
        layers[layer.name] = columns[at % 4].number_input(
            formatting.plain(layer.name), -MAX_WEIGHT, MAX_WEIGHT, saved.layers.get(layer.name, 0.0), 0.5,
            help="Above 0: near is better, for faults. Below 0: far is better, for platforms and ship lanes.",
            key=f"weight-layer-{at}",
        )  # fmt: skip
    first, second, third = (
        column.number_input(f"Class {name} from", 0.0, 1.0, least, 0.05, key=f"weight-class-{name}")
        for column, name, least in zip(st.columns(4), "ABC", saved.thresholds, strict=False)
    )
    edited = replace(saved, terms=terms, layers=layers, thresholds=(first, second, third))
    _moves(workspace, place_id, saved, edited)
    if st.button("Save weights", type="primary", disabled=denial is not None or edited == saved, help=denial):
        try:
            set_weights(workspace, edited, actor)
        except SeepError as error:
            st.error(formatting.plain(str(error)))
            return
        st.rerun()


def _moves(workspace: Workspace, place_id: int, saved: Weights, edited: Weights) -> None:
    found = place_sites(workspace, place_id)
    references = references_around(workspace, found.data.georeference, found.data.bounds)
    before = site_scores(workspace, found, references, saved)
    after = site_scores(workspace, found, references, edited)
    old, new = _order(before), _order(after)
    rows = [
        {
            "Site": number,
            "Before": f"{_text(before[number])}, place {old[number]}",
            "After": f"{_text(after[number])}, place {new[number]}",
        }
        for number in sorted(new, key=lambda one: new[one])
        if (old[number], before[number].letter) != (new[number], after[number].letter)
    ]
    if rows:
        st.dataframe(rows, hide_index=True, height="content" if len(rows) < 8 else 300)
    else:
        st.caption("No site changes its class or its place in the order.")
    kept = top_kept(list(after.values()))
    if kept is not None:
        st.caption(f"When each weight varies by 20 %, {kept:.0%} of the ten best sites stay among them.")


def _order(scores: Mapping[int, SiteScore]) -> dict[int, int]:
    """Place of each site by score, from 1."""
    best = sorted(scores, key=lambda one: (-(scores[one].value or 0.0), one))
    return {number: at for at, number in enumerate(best, 1)}


def _text(score: SiteScore) -> str:
    return "–" if score.value is None else f"{score.letter} {score.value:.2f}"
