"""One curve of a simulation: rank, correct, fine-tune, measure, and again until no tile is left."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from research.simulation.dataset import Dataset, DatasetTile, predicted
from research.simulation.options import Curve, SimulationOptions
from research.simulation.scoring import MEASURED, Matrices, compared, figures, measure, measure_each
from seep.core.acquisition import RANDOM, RankedTile, rank_tiles
from seep.core.image.arrays import valid_pixels
from seep.core.masks.correction_windows import correction_windows
from seep.core.masks.mask import UNSURE, Mask
from seep.core.metrics.confusion import scores
from seep.workflow.training.presets import FinetuneRequest, split_holdout, train_config

if TYPE_CHECKING:
    from seep.engine.checkpoint import Checkpoint
    from seep.engine.inference.predict import Predictor, TilePrediction
    from seep.engine.training.dataset import TrainingTile

Event = dict[str, Any]


class Loop:
    """One curve: the same checkpoint at first, then its own."""

    def __init__(  # noqa: PLR0917 - one caller, every value named there
        self,
        dataset: Dataset,
        parts: Mapping[str, Sequence[str]],
        start: "Checkpoint",
        options: SimulationOptions,
        curve: Curve,
        on_event: Callable[[Event], None],
    ) -> None:
        self.options, self.curve, self.on_event = options, curve, on_event
        self._adopt(start)
        self.replayed = dataset.of(parts["start"])
        self.rest = dataset.of(parts["pool"])
        self.held = {split: dataset.of(parts[split]) for split in MEASURED}
        self.at_first = {one.id: matrix for one, matrix in measure_each(self.predictor, self.rest)}
        self.corrected: list[DatasetTile] = []
        self.seconds: dict[str, float] = {}

    def go(self) -> list[dict[str, Any]]:
        """Return the points of the curve; see `simulate`."""
        matrices = self._measure()
        points = [self._point(matrices)]
        pool = len(self.rest)
        counts = [count for count in self.options.after if count < pool]
        for wanted in [*counts, pool] if self.options.whole_pool or not counts else counts:
            self.seconds = {}
            with self._timed("rank"):
                taken = self._take(wanted - len(self.corrected))
            with self._timed("train"):
                learned = self._learn(taken)
            before = matrices
            with self._timed("measure"):
                matrices = self._measure()
            work = _work(taken)
            points.append(
                self._point(matrices) | work | learned | {"against_before": compared(before, matrices)}
            )
            self.on_event({"kind": "point", **self.curve._asdict(), **points[-1]})
        return points

    def _take(self, count: int) -> list[tuple[DatasetTile, Mask]]:
        """Take the next tiles of the pool in queue order, with what was predicted for each."""
        order, rest = self.curve.order, self.rest
        masks: dict[int, Mask] = {}
        if order == RANDOM or count >= len(rest):
            rows = [RankedTile(one.id, one.scene, 0, {}) for one in rest]
            first = rank_tiles(RANDOM, rows, self.curve.seed)[:count]
        else:
            rows = []
            for one, found in predicted(self._ranking(), rest):
                rows.append(_candidate(one, found))
                masks[one.id] = found.mask
            first = rank_tiles(order, rows, self.curve.seed)[:count]
        by_id = {one.id: one for one in rest}
        taken = [by_id[number] for number in first]
        unseen = [one for one in taken if one.id not in masks]
        masks |= {one.id: found.mask for one, found in predicted(self.predictor, unseen)}
        self.rest = [one for one in rest if one.id not in set(first)]
        self.corrected += taken
        return [(one, masks[one.id]) for one in taken]

    def _ranking(self) -> "Predictor":
        """Flips that disagree are what "likely wrong" is made of: it asks for them whatever the card says."""
        from seep.engine.inference.predict import Predictor

        if self.curve.order != "likely_wrong" or self.checkpoint.flips:
            return self.predictor
        checkpoint = replace(self.checkpoint, card=self.checkpoint.card | {"flips": True})
        return Predictor(checkpoint, self.options.device)

    def _adopt(self, checkpoint: "Checkpoint") -> None:
        from seep.engine.inference.predict import Predictor

        self.checkpoint = checkpoint
        self.predictor = Predictor(checkpoint, self.options.device)

    def _learn(self, taken: Sequence[tuple[DatasetTile, Mask]]) -> dict[str, Any]:
        """Fine-tune as the product does: what is new counts as corrected, all that was known is replayed."""
        from seep.engine.training.train import train

        request = replace(self.options.request, seed=self.curve.seed)
        if not self.curve.replay:
            request = replace(request, replay_share=0.0)
        trained, holdout = split_holdout(taken, request.holdout_share)
        tiles = [window for one, mask in trained for window in windows_of(one.tile, mask, request)]
        area = sum(tile.mask.size for tile in tiles)
        if self.curve.replay:
            tiles += [replace(one.tile, corrected=False) for one in self.replayed]
        last: Event = {}

        def watch(event: Event) -> None:
            if event["kind"] in {"step", "alpha"}:
                last.update(event)
            self.on_event({"tiles": len(self.corrected), **self.curve._asdict(), **event})

        result = train(
            self.checkpoint,
            tiles,
            [one.tile for one in self.held["validation"]],
            train_config(request, area, self.checkpoint.model.config),
            state_path=None,
            on_event=watch,
            should_stop=lambda: False,
            device=self.options.device,
            holdout=[one.tile for one, _ in holdout],
        )
        self._adopt(result.checkpoint)
        self.replayed = [*self.replayed, *(one for one, _ in taken)]
        return {"steps": last.get("step", 0), "epochs": result.epochs_done, "alpha": last.get("chosen")}

    def _measure(self) -> dict[str, Matrices]:
        return {split: measure(self.predictor, tiles) for split, tiles in self.held.items()}

    def _point(self, matrices: Mapping[str, Matrices]) -> dict[str, Any]:
        return {
            "tiles": len(self.corrected),
            **{split: figures(own) for split, own in matrices.items()},
            "uncorrected": self._uncorrected(),
            "seconds": {name: round(value, 2) for name, value in self.seconds.items()},
        }

    def _uncorrected(self) -> dict[str, Any] | None:
        """How good this checkpoint and the first one are on what is left of the scenes at work."""
        if not self.rest:
            return None
        now = [matrix for _, matrix in measure_each(self.predictor, self.rest)]
        start = [self.at_first[one.id] for one in self.rest]
        both = {"binary_iou": now, "start_binary_iou": start}
        return {name: scores(sum(some[1:], some[0]))["binary_iou"] for name, some in both.items()}

    @contextmanager
    def _timed(self, name: str) -> Iterator[None]:
        began = time.monotonic()
        yield
        self.seconds[name] = time.monotonic() - began


def _candidate(one: DatasetTile, found: "TilePrediction") -> RankedTile:
    areas = np.bincount(found.mask[found.mask > 0], minlength=2)
    values = {name: value for name, value in found.values._asdict().items() if value is not None}
    return RankedTile(one.id, one.scene, int(areas.argmax()), values)


def windows_of(tile: "TrainingTile", mask: Mask, request: FinetuneRequest) -> "list[TrainingTile]":
    """What of a corrected tile is trained on: all of it, or the windows around what was changed.

    A prediction that was right teaches where its seeps are, and clean sea as a whole.
    """
    if not request.around_changes:
        return [tile]
    changed = _changed(tile, mask)
    windows = correction_windows(
        changed if changed.any() else _changed(tile, np.zeros_like(mask)), request.crop_px
    )
    parts = [(slice(one.y, one.y + one.height), slice(one.x, one.x + one.width)) for one in windows]
    return [replace(tile, image=tile.image[part], mask=tile.mask[part]) for part in parts] or [tile]


def _changed(tile: "TrainingTile", mask: Mask) -> Any:
    """Where the annotator changes the prediction; nodata and unsure pixels are nobody's work."""
    asked = valid_pixels(tile.image, tile.nodata) & (tile.mask != UNSURE)
    return asked & (tile.mask != mask)


def _work(taken: Sequence[tuple[DatasetTile, Mask]]) -> dict[str, Any]:
    changed = [int(np.count_nonzero(_changed(one.tile, mask))) for one, mask in taken]
    return {"names": [one.tile.name for one, _ in taken], "changed_px": sum(changed)}
