"""Records of the store: frozen plain values that all layers may read.

Times are ISO 8601 strings in UTC, areas are pixels, ids are the database's. Mappings of areas map
class ids to pixels; class 0 (no seep) and UNSURE may occur and do not count as seep.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypedDict

from seep.core.acquisition import OrderValues
from seep.core.tile_states import TILE_STATES

STATES = tuple(TILE_STATES)
REVIEWED = tuple(key for key, state in TILE_STATES.items() if state.reviewed)
OPEN = tuple(key for key, state in TILE_STATES.items() if state.open)
SPLITS = ("train", "validation", "test")
REVISION_KINDS = ("import", "save", "accept", "restore", "join", "reopen", "second")
ADJUDICATIONS = ("first", "second", "both")
TRASH_KINDS = ("tiles", "scene", "import")
JOB_KINDS = ("predict", "finetune", "evaluate")
JOB_ENDS = ("done", "failed", "canceled")
SITE_RANKS = ("high", "medium", "low")
SITE_ACTIONS = ("add", "move", "rank", "note", "merge", "split", "remove", "import")


def current_split(name: str) -> str:
    """Return the name of a split; "test" for "locked", its name in addresses and commands up to version 0.1."""
    return "test" if name == "locked" else name


@dataclass(frozen=True)
class SceneRecord:
    """A scene; `statistics` holds the values measured at import, storable as JSON.

    With a `path`, all tiles are windows of that one file, `width` x `height` pixels, neighbors sharing
    `overlap_px` or more. `georeference` is what `Georeference.to_dict` gives; `unit` is dn, linear or db.
    A pass has a `place_id`; without a georeference, its upper left corner is at (`pass_x`, `pass_y`) of the
    place's pixels. `wind_from_deg` is where the wind comes from, clockwise from north; `wind_source` is "typed" or
    the name of a file.
    """

    id: int
    name: str
    split: str
    statistics: dict[str, Any]
    nodata: float | None
    columns: int | None
    bands: int
    dtype: str
    tile_count: int
    path: str | None
    width: int | None
    height: int | None
    georeference: dict[str, Any] | None
    unit: str
    band_names: list[str]
    acquired_at: str | None
    overlap_px: int
    place_id: int | None = None
    pass_x: int = 0
    pass_y: int = 0
    wind_ms: float | None = None
    wind_from_deg: float | None = None
    wind_source: str | None = None


class SceneFacts(TypedDict, total=False):
    """Optional fields of a new scene, named as in `SceneRecord`; fields left out are unknown."""

    path: str | None
    width: int | None
    height: int | None
    georeference: dict[str, Any] | None
    unit: str
    band_names: Sequence[str]
    acquired_at: str | None
    overlap_px: int


@dataclass(frozen=True)
class NewTile:
    """A tile to add; with `mask_sha256` it starts with a revision of kind "import".

    `classes` are the areas of that mask.
    `state` is "unreviewed", or "accepted" when the imported masks are already reviewed.
    """

    name: str
    number: int
    path: str
    width: int
    height: int
    bands: int
    dtype: str
    nodata: float | None
    sha256: str
    x: int = 0
    y: int = 0
    state: str = "unreviewed"
    mask_sha256: str | None = None
    classes: Mapping[int, int] = field(default_factory=dict)


class TileRecord(NamedTuple):
    """A tile; `seep_area_px` describes the shown mask (head revision, else prediction), None without one.

    `values` are those of the prediction; all are None without one.
    Lists of tiles are long: 100,000 named tuples are made in 0.1 s, as many frozen data classes in 0.6 s.
    """

    id: int
    scene_id: int
    name: str
    number: int
    path: str
    x: int
    y: int
    width: int
    height: int
    bands: int
    dtype: str
    nodata: float | None
    sha256: str
    state: str
    head_revision_id: int | None
    prediction_id: int | None
    seep_area_px: int | None
    updated_at: str
    label_error: float | None
    confirmed_id: int | None
    assigned_to: str | None
    assigned_at: str | None
    locked_by: str | None
    locked_until: str | None
    in_sample: bool
    expected_here: float | None
    new_here: float | None
    site_note: str | None
    values: OrderValues
    scene: str
    split: str


@dataclass(frozen=True)
class TileFilter:
    """Conditions on tiles; None matches all tiles.

    `class_id` 0 means tiles whose shown mask has no seep; `author` is anyone who saved a revision; `text` is
    part of the name, of a comment, or of the name of an author or the assigned person, in any case of
    letters. `assigned_to` "" means nobody; `offered_to` leaves out what others have open or are assigned;
    `undecided` leaves open ones, `contradicted` those for a second look, `expected` those where a site has no
    slick in this pass, `new` those with a slick far from every site, `commented` those with an open comment,
    `mentioned` those where one mentions this person. `causes` are causes of slicks of which one is decided on the
    tile; `without_cause` leaves tiles with a slick and without a decision.
    """

    scene: str | None = None
    split: str | None = None
    state: str | None = None
    class_id: int | None = None
    author: str | None = None
    text: str | None = None
    assigned_to: str | None = None
    offered_to: str | None = None
    in_sample: bool | None = None
    undecided: bool = False
    contradicted: bool = False
    expected: bool = False
    new: bool = False
    commented: bool = False
    mentioned: str | None = None
    causes: tuple[str, ...] = ()
    without_cause: bool = False


@dataclass(frozen=True)
class RevisionRecord:
    """A saved mask, never changed; `truth` marks ground truth.

    `truth` is True for the kinds "import" and "accept", and for a "restore" of those. `state` is the tile's state
    after the save; restoring the revision restores it.
    """

    id: int
    tile_id: int
    parent_id: int | None
    kind: str
    author: str
    created_at: str
    mask_sha256: str
    correction_px: int
    request_id: str | None
    restored_id: int | None
    state: str
    truth: bool
    prediction_id: int | None = None


@dataclass(frozen=True)
class DraftRecord:
    """The unsaved mask of an author on a tile, based on a revision."""

    tile_id: int
    author: str
    base_revision_id: int | None
    mask_sha256: str
    saved_at: str


@dataclass(frozen=True)
class SecondMaskRecord:
    """A blind second mask; it is finished once it has `finished_at`, see `seep.store.review.second_masks`."""

    id: int
    tile_id: int
    author: str
    first_revision_id: int
    shows_prediction: bool
    requested_by: str
    requested_at: str
    revision_id: int | None
    finished_at: str | None
    adjudication: str | None
    adjudicated_by: str | None
    adjudicated_at: str | None
    adjudicated_id: int | None


@dataclass(frozen=True)
class NewPrediction:
    """A prediction to add; `classes` are areas of its mask."""

    tile_id: int
    mask_sha256: str
    probability_sha256: str | None
    values: OrderValues
    classes: Mapping[int, int]


@dataclass(frozen=True)
class PredictionRecord:
    """The prediction of a checkpoint for a tile."""

    id: int
    tile_id: int
    checkpoint_id: int
    mask_sha256: str
    probability_sha256: str | None
    seep_area_px: int
    created_at: str
    values: OrderValues


@dataclass(frozen=True)
class CheckpointRecord:
    """Weights with their card, {} if that is damaged; `state` is "candidate", "kept" or "dropped"."""

    id: int
    name: str
    parent_id: int | None
    run_id: int | None
    weights_sha256: str
    card: dict[str, Any]
    state: str
    created_at: str
    active: bool


@dataclass(frozen=True)
class PromotionRecord:
    """One step of the promotion stack; `rolled_back_at` is None unless it was rolled back."""

    id: int
    checkpoint_id: int
    author: str
    created_at: str
    rolled_back_by: str | None
    rolled_back_at: str | None


@dataclass(frozen=True)
class RunRecord:
    """One training; `state` is a job state."""

    id: int
    job_id: int | None
    base_checkpoint_id: int | None
    checkpoint_id: int | None
    config: dict[str, Any]
    state: str
    outcome: dict[str, Any] | None
    author: str
    created_at: str
    finished_at: str | None


@dataclass(frozen=True)
class MetricRecord:
    """The value of one metric of a run at one step."""

    step: int
    name: str
    value: float


@dataclass(frozen=True)
class JobRecord:
    """A job of the queue; `progress` is 0 to 1."""

    id: int
    kind: str
    state: str
    params: dict[str, Any]
    progress: float
    message: str
    error: str | None
    worker: str | None
    heartbeat_at: str | None
    cancel_requested: bool
    attempts: int
    author: str
    created_at: str
    started_at: str | None
    finished_at: str | None


@dataclass(frozen=True)
class EventRecord:
    """An event of a running job."""

    id: int
    job_id: int
    created_at: str
    data: dict[str, Any]


@dataclass(frozen=True)
class AuditRecord:
    """A row of the activity log."""

    id: int
    created_at: str
    author: str
    action: str
    subject: str
    details: dict[str, Any]


@dataclass(frozen=True)
class PlaceRecord:
    """A place; `radius` is in meters if it has a `georeference` (see `Georeference.to_dict`), else in pixels."""

    id: int
    name: str
    georeference: dict[str, Any] | None
    radius: float | None
    min_passes: int
    author: str
    created_at: str


@dataclass(frozen=True)
class SiteRecord:
    """A site as the newest revision that is not undone left it; x and y are pixels of the place.

    `spots` are positions around which its slicks begin, empty where no analyst changed the site. `moved` means that
    an analyst set the position. A site with `removed` is no site, or was merged into `merged_into`.
    `revision_id`, `author` and `changed_at` are of that revision, None without one.
    """

    id: int
    place_id: int
    number: int
    x: float
    y: float
    spots: tuple[tuple[float, float], ...] = ()
    moved: bool = False
    rank: str = ""
    note: str = ""
    removed: bool = False
    merged_into: int | None = None
    revision_id: int | None = None
    author: str | None = None
    changed_at: str | None = None


@dataclass(frozen=True)
class SiteRevisionRecord:
    """One step in the history of a site; `number` is that of the site. See `SiteRecord` for the values."""

    id: int
    site_id: int
    number: int
    change_id: str
    action: str
    author: str
    created_at: str
    reason: str
    rank: str
    note: str
    removed: bool
    undone_by: str | None
    undone_at: str | None


@dataclass(frozen=True)
class TrashRecord:
    """What one person deleted at once; `kind` is one of `TRASH_KINDS`, `tiles` and `scenes` are counts."""

    id: int
    kind: str
    name: str
    author: str
    created_at: str
    tiles: int
    scenes: int


@dataclass(frozen=True)
class ImportRecord:
    """An import with the number of its tiles that are not deleted; `source` is its folder or file."""

    id: int
    source: str
    author: str
    created_at: str
    tiles: int
