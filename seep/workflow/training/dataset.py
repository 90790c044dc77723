"""What a run learns from, settled when it begins and kept in its record.

Were it looked up again after a kill, one tile saved in between would make it another training, which cannot
go on from the state that was kept; and a run could not be repeated from its record alone.
"""

import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from seep.core.geo.grid import Window
from seep.core.image.normalize import Statistics
from seep.core.masks.change_windows import focus_windows
from seep.core.masks.mask import UNSURE, Mask, decode_mask
from seep.errors import MaskError, StorageError, TrainingError
from seep.store import checkpoints, predictions, revisions, scenes, tile_queries
from seep.store.classes import list_classes
from seep.store.records import RevisionRecord, RunRecord, TileFilter, TileRecord
from seep.workflow.tile_data import read_pixels
from seep.workflow.training.presets import FinetuneRequest, split_holdout
from seep.workflow.workspace import MASK_SUFFIX, Workspace

Windows = Mapping[int, Sequence[Window]]
"""By revision, the parts of its tile that are trained on; whole tiles where a revision is not named."""

DOUBTFUL = ("rejected", "flagged")
"""States in which even an imported mask is not taken for truth."""


@dataclass(frozen=True)
class LabeledTile:
    """A tile and the revision whose mask counts as its truth."""

    tile: TileRecord
    revision: RevisionRecord


def labeled_tiles(workspace: Workspace, split: str) -> list[LabeledTile]:
    """List the tiles of a split that have truth: an imported mask, or one that was accepted or corrected."""
    with workspace.store.reading() as session:
        tiles = scenes.list_tiles(session, TileFilter(split=split), order="name", limit=None)
        found = revisions.truths(session, [tile.id for tile in tiles])
    return [
        LabeledTile(tile, found[tile.id]) for tile in tiles if tile.id in found and tile.state not in DOUBTFUL
    ]


def replay_tiles(workspace: Workspace, corrected: set[int]) -> list[LabeledTile]:
    """List what a fine-tuning replays: tiles of training scenes with truth, besides those it corrects.

    Args:
        workspace: where from.
        corrected: ids of the tiles that are trained on as corrected.
    """
    return [one for one in labeled_tiles(workspace, "train") if one.tile.id not in corrected]


def revision_tiles(workspace: Workspace, revision_ids: Iterable[int]) -> list[LabeledTile]:
    """Look up revisions with their tiles.

    Raises:
        MissingError: there is no such revision.
    """
    with workspace.store.reading() as session:
        found = revisions.revisions_by_id(session, list(revision_ids))
        ids = [revision.tile_id for revision in found]
        tiles = {tile.id: tile for tile in tile_queries.tiles_by_id(session, ids)}
    return [LabeledTile(tiles[revision.tile_id], revision) for revision in found]


def read_label(workspace: Workspace, one: LabeledTile) -> Mask:
    """Read the mask of a truth tile, (H, W) uint8.

    Raises:
        StorageError: its file is gone or damaged; the message names the tile and what can be done.
    """
    try:
        return decode_mask(workspace.store.files.read(one.revision.mask_sha256, MASK_SUFFIX))
    except (StorageError, MaskError) as error:
        raise type(error)(
            f"The mask of {one.tile.name} cannot be used: {error} Until then flag the tile, which leaves it "
            "out, or save a new mask on Review."
        ) from error


def training_tiles(
    workspace: Workspace,
    tiles: Iterable[LabeledTile],
    *,
    corrected: bool,
    windows: Mapping[int, Sequence[Window]] | None = None,
) -> "list[TrainingTile]":
    """Read images and masks for the engine.

    Args:
        workspace: where from.
        tiles: which ones.
        corrected: whether they are what the training is for; else they are replayed, or validate.
        windows: by revision, the parts of its tile to take, each as a tile of its own; None for whole tiles.

    Raises:
        ImageError: an image is gone or damaged; the message names the file.
        StorageError: a mask is gone or damaged.
    """
    from seep.engine.training.dataset import TrainingTile

    with workspace.store.reading() as session:
        statistics = {
            scene.id: Statistics.from_dict(scene.statistics) for scene in scenes.list_scenes(session)
        }
    found = []
    for one in tiles:
        image, mask = read_pixels(one.tile), read_label(workspace, one)
        whole = [Window(0, 0, mask.shape[1], mask.shape[0])]
        for part in (windows or {}).get(one.revision.id, whole):
            place = (slice(part.y, part.y + part.height), slice(part.x, part.x + part.width))
            found.append(
                TrainingTile(
                    name=one.tile.name,
                    image=image[place],
                    mask=mask[place],
                    statistics=statistics[one.tile.scene_id],
                    nodata=one.tile.nodata,
                    corrected=corrected,
                )
            )
    return found


SETTLED = ("replay_revision_ids", "validation_revision_ids", "holdout_revision_ids", "windows")
"""What a record names of its material beside the revisions that were corrected."""

_REQUESTED = [field.name for field in fields(FinetuneRequest) if field.name != "revision_ids"]


@dataclass(frozen=True)
class Material:
    """The tiles of a run.

    Attributes:
        corrected: what it is for, in the order of their revisions, without those that are held out.
        replayed: what keeps the old skill.
        validation: what chooses the epoch, the mixture and the threshold.
        holdout: corrected tiles that do not train and choose with them.
        windows: see `Windows`.
    """

    corrected: list[LabeledTile]
    replayed: list[LabeledTile]
    validation: list[LabeledTile]
    holdout: list[LabeledTile]
    windows: Windows

    @property
    def judged(self) -> list[LabeledTile]:
        """What is measured after each epoch."""
        return self.validation + self.holdout

    @property
    def corrected_area_px(self) -> int:
        """Pixels that are trained on as corrected."""
        return sum(_area(self.windows, one) for one in self.corrected)


def settle(
    workspace: Workspace,
    request: FinetuneRequest,
    corrected: Sequence[LabeledTile],
    fixed: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the record of a run: all that repeats it, ready for JSON.

    Args:
        workspace: where.
        request: with a base checkpoint.
        corrected: the tiles of its revisions.
        fixed: what is settled already, as in a run that is repeated; under the names of `SETTLED`.
    """
    with workspace.store.reading() as session:
        base = checkpoints.get_checkpoint(session, request.base_checkpoint_id or 0)
        class_count = len(list_classes(session))
    found: dict[str, Any] = {name: value for name, value in asdict(request).items() if name in _REQUESTED}
    found |= {name: fixed[name] for name in SETTLED if name in fixed}
    if "replay_revision_ids" not in found:
        replayed = replay_tiles(workspace, {one.tile.id for one in corrected})
        found["replay_revision_ids"] = [one.revision.id for one in replayed]
    if "validation_revision_ids" not in found:
        validation = labeled_tiles(workspace, "validation")
        every = max(1, -(-len(validation) // request.validation_tiles))
        found["validation_revision_ids"] = [one.revision.id for one in validation[::every]]
    trained, holdout = split_holdout(corrected, request.holdout_share)
    found.setdefault("holdout_revision_ids", [one.revision.id for one in holdout])
    if "windows" not in found:
        found["windows"] = _windows(workspace, request, trained) if request.around_changes else {}
    return found | {
        "base_weights_sha256": base.weights_sha256,
        "class_count": class_count,
        "versions": _versions(),
    }


def material_of(workspace: Workspace, run: RunRecord, corrected: Sequence[LabeledTile]) -> Material:
    """Look up what a run learns from, as its record says.

    Raises:
        MissingError: a revision is gone.
        TrainingError: a tile's scene was moved to another split since the run was asked for.
    """
    config = run.config
    replayed = revision_tiles(workspace, config["replay_revision_ids"] if config["replay_share"] else ())
    validation = revision_tiles(workspace, config.get("validation_revision_ids", ()))
    check_split([*corrected, *replayed], "train")
    check_split(validation, "validation")
    windows = {
        int(number): [Window(*one) for one in several]
        for number, several in config.get("windows", {}).items()
    }
    out = {*config.get("holdout_revision_ids", ())}
    trained, holdout = (
        [one for one in corrected if (one.revision.id in out) is wanted] for wanted in (False, True)
    )
    return Material(trained, replayed, validation, holdout, windows)


def request_of_run(run: RunRecord, revision_ids: Sequence[int]) -> FinetuneRequest:
    """Return what was asked of a run, with its revisions named; what an old record lacks has its default."""
    asked = {name: run.config[name] for name in _REQUESTED if name in run.config}
    asked["base_checkpoint_id"] = run.base_checkpoint_id
    return FinetuneRequest(**asked, revision_ids=tuple(revision_ids))


def still_settled(run: RunRecord, before: FinetuneRequest, now: FinetuneRequest) -> dict[str, Any]:
    """Return what stays settled of a run's material when it is done again with a changed request."""
    depends = {
        "replay_revision_ids": ("revision_ids",),
        "validation_revision_ids": ("validation_tiles",),
        "holdout_revision_ids": ("revision_ids", "holdout_share"),
        "windows": ("revision_ids", "holdout_share", "base_checkpoint_id", "around_changes", "crop_px"),
    }
    return {
        name: run.config[name]
        for name, on in depends.items()
        if name in run.config and all(getattr(before, one) == getattr(now, one) for one in on)
    }


def check_split(tiles: Sequence[LabeledTile], wanted: str) -> None:
    """Check that tiles are in scenes of a split: what is trained on never judges, and the other way round.

    Raises:
        TrainingError: one is not; the message names it.
    """
    for one in tiles:
        if one.tile.split != wanted:
            raise TrainingError(
                f"{one.tile.name} is in scene {one.tile.scene}, which is kept for {one.tile.split} and not "
                f"for {wanted}; leave it out of the training."
            )


def _area(windows: Windows, one: LabeledTile) -> int:
    if one.revision.id in windows:
        return sum(window.width * window.height for window in windows[one.revision.id])
    return one.tile.width * one.tile.height


def _windows(
    workspace: Workspace, request: FinetuneRequest, corrected: Sequence[LabeledTile]
) -> dict[str, list[list[int]]]:
    """The windows around what was changed against what the base predicts, by revision; JSON has text keys."""
    found = {}
    for one in corrected:
        windows = _windows_of(workspace, one, request)
        if windows:
            found[str(one.revision.id)] = [[part.x, part.y, part.width, part.height] for part in windows]
    return found


def _windows_of(workspace: Workspace, one: LabeledTile, request: FinetuneRequest) -> list[Window]:
    """Around what changed; a prediction that was accepted as it was teaches where its seeps are."""
    truth = read_label(workspace, one)
    certain = truth != UNSURE
    with workspace.store.reading() as session:
        known = predictions.find_prediction(session, one.tile.id, request.base_checkpoint_id or 0)
        if known is None and one.tile.prediction_id is not None:
            known = predictions.get_prediction(session, one.tile.prediction_id)
    if known is None:
        return []
    predicted = decode_mask(workspace.store.files.read(known.mask_sha256, MASK_SUFFIX))
    changed = (truth != predicted) & certain
    return focus_windows(changed if changed.any() else (truth > 0) & certain, request.crop_px)


def _versions() -> dict[str, str]:
    """Of what computes; read from package metadata, since only the engine may import torch."""
    return {"python": platform.python_version()} | {name: version(name) for name in ("torch", "numpy")}


if TYPE_CHECKING:
    from seep.engine.training.dataset import TrainingTile
