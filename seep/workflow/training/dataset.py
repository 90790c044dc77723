"""The dataset of a run: frozen when the run begins, and stored in its record.

A resumed or repeated run must train on the same tiles. Looking them up again would include masks that were
saved in the meantime, and the stored state would no longer fit.
"""

import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Self

from seep.core.geo.grid import Window
from seep.core.image.normalize import Statistics
from seep.core.masks.correction_windows import correction_windows
from seep.core.masks.mask import UNSURE, decode_mask
from seep.core.records import RunRecord
from seep.errors import TrainingError
from seep.store import checkpoints, predictions, scenes
from seep.store.classes import list_classes
from seep.workflow.compatibility import reads_bands
from seep.workflow.labels import LabeledTile, labeled_tiles, read_label, revision_tiles
from seep.workflow.tile_data import read_pixels
from seep.workflow.training.presets import FINETUNE, FinetuneRequest, split_holdout
from seep.workflow.workspace import MASK_SUFFIX, Workspace

if TYPE_CHECKING:
    from seep.engine.training.dataset import TrainingTile

Windows = Mapping[int, Sequence[Window]]
"""Training windows by revision id; a revision that is not in it is trained on as a whole tile."""


def replay_tiles(workspace: Workspace, corrected: set[int]) -> list[LabeledTile]:
    """List the replay tiles of a run: labeled tiles of training scenes that are not in `corrected`.

    Args:
        corrected: ids of the corrected tiles of the run.
    """
    return [tile for tile in labeled_tiles(workspace, "train") if tile.tile.id not in corrected]


def deleted_revisions(workspace: Workspace, run: RunRecord, revision_ids: Sequence[int]) -> set[int]:
    """Return the revisions of a run's dataset whose tiles were deleted.

    Args:
        run: whose configuration names the replay and validation tiles.
    """
    frozen = FrozenDataset.of(run.config)
    named = {*revision_ids, *(frozen.replay_revision_ids or ()), *(frozen.validation_revision_ids or ())}
    return named - {tile.revision.id for tile in revision_tiles(workspace, sorted(named))}


def supported_tiles(
    workspace: Workspace, tiles: Sequence[LabeledTile], base_checkpoint_id: int
) -> tuple[list[LabeledTile], list[LabeledTile]]:
    """Split tiles into those whose images the base can read, and those with other bands.

    Raises:
        MissingError: there is no such version.
    """
    with workspace.store.reading() as session:
        base = checkpoints.get_checkpoint(session, base_checkpoint_id)
    groups: tuple[list[LabeledTile], list[LabeledTile]] = ([], [])
    for tile in tiles:
        groups[not reads_bands(base, {tile.tile.bands})].append(tile)
    return groups


def training_tiles(
    workspace: Workspace,
    tiles: Iterable[LabeledTile],
    *,
    corrected: bool,
    windows: Mapping[int, Sequence[Window]] | None = None,
) -> "list[TrainingTile]":
    """Read images and masks for training.

    Args:
        corrected: True for corrected tiles; False for replay, validation and hold-out tiles.
        windows: see `Windows`; each window becomes a training tile of its own. None for whole tiles.

    Raises:
        ImageError: an image is missing or damaged; the message names the file.
        StorageError, MaskError: a mask is missing or damaged.
    """
    from seep.engine.training.dataset import TrainingTile

    with workspace.store.reading() as session:
        statistics = {
            scene.id: Statistics.from_dict(scene.statistics) for scene in scenes.list_scenes(session)
        }
    found = []
    for tile in tiles:
        image, mask = read_pixels(workspace, tile.tile), read_label(workspace, tile)
        whole = [Window(0, 0, mask.shape[1], mask.shape[0])]
        for part in (windows or {}).get(tile.revision.id, whole):
            place = (slice(part.y, part.y + part.height), slice(part.x, part.x + part.width))
            found.append(
                TrainingTile(
                    name=tile.tile.name,
                    image=image[place],
                    mask=mask[place],
                    statistics=statistics[tile.tile.scene_id],
                    nodata=tile.tile.nodata,
                    corrected=corrected,
                )
            )
    return found


_REQUEST_FIELDS = [field.name for field in fields(FinetuneRequest) if field.name != "revision_ids"]


BEFORE_SETTING: Mapping[str, Any] = {"ignore_above_radius_px": 0}
"""Values of older runs for settings that they did not have, where these differ from today's defaults."""


@dataclass(frozen=True)
class FrozenDataset:
    """What a run's record stores of its dataset beside the corrected revisions; None is not chosen yet.

    Attributes:
        replay_revision_ids: of the replay tiles.
        validation_revision_ids: of the validation tiles.
        holdout_revision_ids: of the corrected tiles that are held out.
        windows: [x, y, width, height] of each window, by revision id as text, as JSON needs it.
    """

    replay_revision_ids: Sequence[int] | None = None
    validation_revision_ids: Sequence[int] | None = None
    holdout_revision_ids: Sequence[int] | None = None
    windows: Mapping[str, Sequence[Sequence[int]]] | None = None

    @classmethod
    def of(cls, stored: Mapping[str, Any]) -> Self:
        """Read it from the parameters of a job or the configuration of a run."""
        return cls(**{field.name: stored.get(field.name) for field in fields(cls)})

    def to_dict(self) -> Mapping[str, Any]:
        """Return the parts that are chosen, ready for JSON."""
        return {name: value for name, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class RunDataset:
    """The tiles of a run.

    Attributes:
        corrected: corrected tiles to train on, in the order of their revisions.
        replay: other labeled tiles of training scenes, which reduce forgetting.
        validation: tiles of validation scenes; they select the epoch, the weight average and the threshold.
        holdout: corrected tiles that are not trained on, and select together with the validation tiles.
        windows: see `Windows`.
    """

    corrected: list[LabeledTile]
    replay: list[LabeledTile]
    validation: list[LabeledTile]
    holdout: list[LabeledTile]
    windows: Windows

    @property
    def held_out(self) -> list[LabeledTile]:
        """The tiles that are evaluated after each epoch."""
        return self.validation + self.holdout

    @property
    def corrected_area_px(self) -> int:
        """Pixels of the corrected tiles that are trained on."""
        return sum(_area(self.windows, one) for one in self.corrected)


def freeze_dataset(
    workspace: Workspace, request: FinetuneRequest, corrected: Sequence[LabeledTile], frozen: FrozenDataset
) -> dict[str, Any]:
    """Choose the dataset of a run; return the run's configuration, which is stored as JSON as it is.

    Args:
        corrected: the tiles of its revisions.
        frozen: the parts that are chosen already, as in a repeated run.
    """
    with workspace.store.reading() as session:
        base = checkpoints.get_checkpoint(session, request.base_checkpoint_id or 0)
        class_count = len(list_classes(session))
    config = {name: value for name, value in asdict(request).items() if name in _REQUEST_FIELDS}
    config |= frozen.to_dict()
    if not request.replay_share:
        config["replay_revision_ids"] = []
    elif frozen.replay_revision_ids is None:
        replay = replay_tiles(workspace, {one.tile.id for one in corrected})
        replay, _ = supported_tiles(workspace, replay, base.id)
        config["replay_revision_ids"] = [one.revision.id for one in replay]
    if frozen.validation_revision_ids is None:
        validation, _ = supported_tiles(workspace, labeled_tiles(workspace, "validation"), base.id)
        every = max(1, -(-len(validation) // request.validation_tiles))
        config["validation_revision_ids"] = [one.revision.id for one in validation[::every]]
    trained, holdout = split_holdout(corrected, request.holdout_share)
    config.setdefault("holdout_revision_ids", [one.revision.id for one in holdout])
    if frozen.windows is None:
        config["windows"] = _correction_windows(workspace, request, trained) if request.around_changes else {}
    return config | {
        "base_weights_sha256": base.weights_sha256,
        "class_count": class_count,
        "versions": _versions(),
    }


def load_dataset(workspace: Workspace, run: RunRecord, corrected: Sequence[LabeledTile]) -> RunDataset:
    """Return the tiles of a run, as its record names them.

    Raises:
        TrainingError: a tile's scene was moved to another split since the run was queued.
    """
    config, frozen = run.config, FrozenDataset.of(run.config)
    replay = revision_tiles(workspace, frozen.replay_revision_ids or () if config["replay_share"] else ())
    validation = revision_tiles(workspace, frozen.validation_revision_ids or ())
    check_split([*corrected, *replay], "train")
    check_split(validation, "validation")
    windows = {
        int(number): [Window(*one) for one in several] for number, several in (frozen.windows or {}).items()
    }
    out = {*(frozen.holdout_revision_ids or ())}
    trained, holdout = (
        [one for one in corrected if (one.revision.id in out) is wanted] for wanted in (False, True)
    )
    return RunDataset(trained, replay, validation, holdout, windows)


def request_of_run(run: RunRecord, revision_ids: Sequence[int]) -> FinetuneRequest:
    """Return the request of a run with its revisions; hyperparameters unknown to it have their defaults.

    Settings of `BEFORE_SETTING` have the value that runs had before there was the setting. Those that a slick head does
    not use have the values of its preset.
    """
    if run.config.get("slick_head"):
        return replace(
            FINETUNE["slick-head"],
            revision_ids=tuple(revision_ids),
            base_checkpoint_id=run.base_checkpoint_id,
        )
    values = dict(BEFORE_SETTING) | {name: run.config[name] for name in _REQUEST_FIELDS if name in run.config}
    values["base_checkpoint_id"] = run.base_checkpoint_id
    return FinetuneRequest(**values, revision_ids=tuple(revision_ids))


def reusable_parts(run: RunRecord, before: FinetuneRequest, now: FinetuneRequest) -> FrozenDataset:
    """Return the parts of a run's dataset that stay the same when it is repeated with another request."""
    depends = {
        "replay_revision_ids": ("revision_ids",),
        "validation_revision_ids": ("validation_tiles",),
        "holdout_revision_ids": ("revision_ids", "holdout_share"),
        "windows": ("revision_ids", "holdout_share", "base_checkpoint_id", "around_changes", "crop_px"),
    }
    parts = {
        name: run.config.get(name)
        for name, on in depends.items()
        if all(getattr(before, one) == getattr(now, one) for one in on)
    }
    if not before.replay_share:  # it chose no tiles
        parts.pop("replay_revision_ids", None)
    return FrozenDataset.of(parts)


def check_split(tiles: Sequence[LabeledTile], wanted: str) -> None:
    """Check that tiles are in scenes of a split, so that no tile is both trained on and evaluated.

    Raises:
        TrainingError: a tile is not; the message names it.
    """
    for tile in tiles:
        if tile.tile.split != wanted:
            raise TrainingError(
                f"Tile {tile.tile.name} is in the {tile.tile.split} scene {tile.tile.scene}, not in a {wanted} "
                "scene. Leave it out of the run."
            )


def _area(windows: Windows, one: LabeledTile) -> int:
    if one.revision.id in windows:
        return sum(window.width * window.height for window in windows[one.revision.id])
    return one.tile.width * one.tile.height


def _correction_windows(
    workspace: Workspace, request: FinetuneRequest, corrected: Sequence[LabeledTile]
) -> dict[str, list[list[int]]]:
    """Windows around the differences from the base's prediction, by revision id as text."""
    found = {}
    for one in corrected:
        windows = _windows_of_tile(workspace, one, request)
        if windows:
            found[str(one.revision.id)] = [[part.x, part.y, part.width, part.height] for part in windows]
    return found


def _windows_of_tile(workspace: Workspace, one: LabeledTile, request: FinetuneRequest) -> list[Window]:
    """Windows around the differences; around the seeps of a prediction that was accepted unchanged."""
    label = read_label(workspace, one)
    certain = label != UNSURE
    with workspace.store.reading() as session:
        known = predictions.find_prediction(session, one.tile.id, request.base_checkpoint_id or 0)
        if known is None and one.tile.prediction_id is not None:
            known = predictions.get_prediction(session, one.tile.prediction_id)
    if known is None:
        return []
    predicted = decode_mask(workspace.store.files.read(known.mask_sha256, MASK_SUFFIX))
    changed = (label != predicted) & certain
    return correction_windows(changed if changed.any() else (label > 0) & certain, request.crop_px)


def _versions() -> dict[str, str]:
    """Versions of Python and the libraries, from package metadata: only the engine may import torch."""
    return {"python": platform.python_version()} | {name: version(name) for name in ("torch", "numpy")}
