"""The orders of the review queue: one registry for the pages, the HTTP API and the browser components.

A new order is one entry of `QUEUE_ORDERS` and one line of the table in `docs/queue.md`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from seep.core.masks.classes import SeepClass
from seep.core.masks.subject import is_about_seeps, worded
from seep.errors import SettingsError
from seep.store import checkpoints
from seep.store.places import places
from seep.workflow.classes import get_classes
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.workspace import Workspace

DEFAULT_ORDER = "useful"
"""Of the wrong pixels at home, the first 40 tiles hold 14 % in this order and 3 % in "likely_wrong"; docs/queue.md."""
LABEL_ERRORS = "label_errors"


@dataclass(frozen=True)
class QueueOrder:
    """An order of the queue, with everything that a page shows of it.

    Attributes:
        key: name in URLs and in the HTTP API.
        label: name in the list of orders.
        help: what the order means, in one or two short sentences.
        column: column of the tile table that the order sorts by, highest value first and tiles without a
            value last; "name" sorts by scene and tile name.
        value_label: name of the value in the description of a tile; empty where the order shows no value.
        value_format: "score" (0 to 1, two digits), "bits" (per pixel), "area" (pixels) or "none".
        thresholds: pairs of a lowest value and its meaning, highest first.
        unavailable: meaning of a tile without a value.
        requires: "class" where a filter by class is needed, "image_head" where the active model must have
            an image head, "places" where scenes have to be passes of a place, "seeps" where classes must be of seeps.
        sites: list only tiles where a site has no slick in this pass ("expected"), or with a slick far from every
            site ("new").
        label_errors_only: list only reviewed tiles whose mask the model contradicts.
        interleaved: alternate between classes and scenes, training scenes first.
    """

    key: str
    label: str
    help: str
    column: str
    value_label: str = ""
    value_format: Literal["score", "bits", "area", "none"] = "none"
    thresholds: tuple[tuple[float, str], ...] = ()
    unavailable: str = "No prediction yet"
    requires: Literal["", "class", "image_head", "places", "seeps"] = ""
    sites: Literal["", "expected", "new"] = ""
    label_errors_only: bool = False
    interleaved: bool = False


QUEUE_ORDERS = {
    order.key: order
    for order in (
        QueueOrder(
            key="useful",
            label="Most useful for training",
            help="Mean entropy of the seep probability, in bits per pixel. Training scenes come first; one tile "
            "in ten is random.",
            column="useful",
            value_label="entropy",
            value_format="bits",
            thresholds=((0.0, "Entropy"),),
            interleaved=True,
        ),
        QueueOrder(
            key="likely_wrong",
            label="Likely wrong first",
            help="Disagreement between mirrored views of the tile, 0 to 1. Empty masks rank early: nearly half "
            "of them miss a slick.",
            column="likely_wrong",
            value_label="likely wrong",
            value_format="score",
            thresholds=((0.5, "Very likely wrong"), (0.2, "Possibly wrong"), (0.0, "Likely right")),
        ),
        QueueOrder(
            key="confident",
            label="High confidence first",
            help="Confidence of the prediction, 0 to 1. It is 1 where every pixel's probability is near 0 or 1.",
            column="confident",
            value_label="confidence",
            value_format="score",
            thresholds=((0.9, "High confidence"), (0.7, "Medium confidence"), (0.0, "Low confidence")),
        ),
        QueueOrder(
            key="has_something",
            label="Seep present first",
            help="Probability of any slick on the tile, 0 to 1, from the image head of the active version.",
            column="has_something",
            value_label="probability of seep",
            value_format="score",
            thresholds=((0.5, "Seep likely"), (0.0, "Clean sea likely")),
            requires="image_head",
        ),
        QueueOrder(
            key="wide_areas",
            label="Wide dark areas first",
            help="Area of predicted slicks and dark areas with a radius above 20 px. They are oil sheets, or "
            "low wind, land, rain cells or shadows of the coast: keep them or remove them.",
            column="wide_area_px",
            value_label="wide dark area",
            value_format="area",
            thresholds=((1.0, "Oil sheet, or no oil"), (0.0, "No wide dark area")),
            requires="seeps",
        ),
        QueueOrder(
            key="expected_here",
            label="Expected here",
            help="Tiles where a site that is seen in half of its passes or more has no slick in this pass. The value "
            "is the detection rate of the site.",
            column="expected_here",
            value_label="detection rate",
            value_format="score",
            requires="places",
            sites="expected",
        ),
        QueueOrder(
            key="new_here",
            label="New here",
            help="Tiles with a slick far from every site of the place. The value is the distance in radii of a site.",
            column="new_here",
            value_label="distance in radii",
            value_format="score",
            requires="places",
            sites="new",
        ),
        QueueOrder(
            key="name",
            label="By scene",
            help="Scenes by name, then tiles by name.",
            column="name",
        ),
        QueueOrder(
            key="seep_area",
            label="By seep area",
            help="Seep area of the newest mask, or of the prediction, in pixels; largest first.",
            column="seep_area_px",
            value_label="seep area",
            value_format="area",
            unavailable="No mask yet",
        ),
        QueueOrder(
            key="class",
            label="By class area",
            help="Area of the class in the filter, in pixels; largest first.",
            column="class_area_px",
            value_label="class area",
            value_format="area",
            unavailable="No mask yet",
            requires="class",
        ),
        QueueOrder(
            key="updated",
            label="Recently updated",
            help="Tiles that were changed last come first.",
            column="updated_at",
        ),
        QueueOrder(
            key=LABEL_ERRORS,
            label="Possible label errors",
            help="Reviewed tiles that the active version contradicts with high confidence, 0 to 1. Accept the tile "
            "again if its mask is right.",
            column="label_error",
            value_label="contradiction",
            value_format="score",
            thresholds=((0.5, "Strong contradiction"), (0.0, "Slight contradiction")),
            label_errors_only=True,
        ),
    )
}
"""Every order by its key, in the order of the list on Browse."""


def get_order(key: str) -> QueueOrder:
    """Return an order by its key.

    Raises:
        SettingsError: there is no such order.
    """
    order = QUEUE_ORDERS.get(key)
    if order is None:
        raise SettingsError(f"There is no order {key!r}; choose one of {', '.join(QUEUE_ORDERS)}.")
    return order


@cached_until_commit
def available_orders(workspace: Workspace) -> dict[str, QueueOrder]:
    """Return the orders that the active model and the scenes support, by key; see `QueueOrder.requires`."""
    with workspace.store.reading() as session:
        active = checkpoints.active_checkpoint(session)
        has_places = bool(places.list_places(session))
    has_head = active is not None and bool(active.card.get("architecture", {}).get("image_head"))
    known = get_classes(workspace)
    missing = {
        "" if has_head else "image_head",
        "" if has_places else "places",
        "" if is_about_seeps(known) else "seeps",
    } - {""}
    return {key: _worded(one, known) for key, one in QUEUE_ORDERS.items() if one.requires not in missing}


def _worded(order: QueueOrder, known: Sequence[SeepClass]) -> QueueOrder:
    """Return an order in the words of a workspace."""
    return replace(
        order,
        label=worded(order.label, known),
        help=worded(order.help, known),
        value_label=worded(order.value_label, known),
        thresholds=tuple((least, worded(text, known)) for least, text in order.thresholds),
    )
