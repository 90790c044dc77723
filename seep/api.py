"""The public API: `import seep` and use these names from there.

A thin layer over `seep.workflow`. Paths may be strings. Every error is a `seep.SeepError` whose message says what
happened and how to mend it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy.typing as npt

from seep.core.import_options import ImportOptions
from seep.errors import SeepError, SettingsError
from seep.settings import SHIPPED_CHECKPOINT, settings
from seep.workflow.actor import Actor
from seep.workflow.classes import classes_of
from seep.workflow.evaluation.folders import FolderEvaluation, evaluate_folder
from seep.workflow.evaluation.verdict import verdict_sentence
from seep.workflow.exports.exporter import ExportReport, TileSelection
from seep.workflow.exports.exporter import export as export_results
from seep.workflow.imports.buckets import import_bucket, is_bucket
from seep.workflow.imports.importer import ImportReport, import_folder
from seep.workflow.inference.folders import FolderReport
from seep.workflow.inference.folders import predict_folder as predict_images
from seep.workflow.inference.single_images import Prediction, predict_image
from seep.workflow.inference.tiles import enqueue_predict
from seep.workflow.jobs import get_job
from seep.workflow.models.promotion import promote, roll_back
from seep.workflow.models.registry import find_checkpoint, list_models
from seep.workflow.training.from_scratch import ScratchOptions, TrainingReport, train_folder
from seep.workflow.training.presets import FINETUNE, changed_request
from seep.workflow.training.requests import enqueue_finetune, list_runs
from seep.workflow.training.selection import chosen_revisions
from seep.workflow.workspace import open_workspace as open_stored

if TYPE_CHECKING:
    from seep.core.records import JobRecord, RunRecord
    from seep.workflow.workspace import Workspace as StoredWorkspace

StrPath = str | os.PathLike[str]


def predict(
    image: npt.ArrayLike | StrPath,
    *,
    nodata: float | str | None = "auto",
    checkpoint: StrPath | None = None,
    device: str | None = None,
    threshold: float | None = None,
) -> Prediction:
    """Predict the mask of one image.

    The image is normalized by its own statistics. Use `predict_folder` for the tiles of a scene: it normalizes them
    by the statistics of the whole scene. Images above 1024 px are predicted in windows, and held in memory.

    Args:
        image: path of an image (docs/formats.md); or an array (H, W), (H, W, bands) or (bands, H, W) of any integer or
            floating type, linear or digital numbers. An array whose first and last axis both may be the bands is
            (H, W, bands). Three equal bands are read as one by a checkpoint of one band.
        nodata: value of pixels without a measurement; None for no such value; "auto" for a value that fills areas at
            the border, such as 0 or 255, in any type (docs/formats.md). Pixels that are not finite never count, nor do
            those that a `numpy.ma.MaskedArray` masks.
        checkpoint: a safetensors file that Seep wrote; None for the shipped one. It stays loaded.
        device: "cpu", "cuda" or "cuda:N"; None for `SEEP_DEVICE`, else CUDA if available, else the CPU.
        threshold: of the seep probability, between 0 and 1; None for that of the checkpoint.

    Raises:
        ImageError: the array is no image, or the file cannot be read.
        SettingsError: the threshold or the nodata value cannot be used.
        CheckpointError: the checkpoint is missing or damaged, or reads another number of bands.
        DeviceError: the device is not available, or its memory is too small.

    Example:
        >>> scene = seep.synthesize_scene(seed=1, height=128, width=128)
        >>> prediction = seep.predict(scene.image, nodata=0)
        >>> prediction.mask.dtype, prediction.probability.shape
        (dtype('uint8'), (128, 128))
    """
    path = Path(checkpoint or SHIPPED_CHECKPOINT)
    return predict_image(image, path, nodata=nodata, device=device or settings().device, threshold=threshold)


def predict_folder(
    images: StrPath,
    out: StrPath,
    *,
    nodata: float | str | None = "auto",
    checkpoint: StrPath | None = None,
    device: str | None = None,
    probabilities: bool = False,
    skip_bad: bool = False,
    threshold: float | None = None,
    on_progress: Callable[[int, int, str], None] | None = None,
) -> FolderReport:
    """Predict all images of a folder; write a uint8 mask TIFF of the same name for each.

    Images named `SCENE.TILE.tif` are normalized by the statistics of their scene. Masks have the georeference of their
    images, and are written as they are made, 16 at a time.

    Args:
        out: folder for the predictions, created if missing. Files of earlier predictions are replaced; a folder
            with images or masks that Seep did not write is refused.
        nodata: see `predict`; "auto" reads the value from each file, else as there.
        checkpoint: see `predict`.
        device: see `predict`.
        probabilities: also write NAME.probabilities.npy, float16 (classes, H, W).
        skip_bad: skip files that cannot be read; they are listed in the report.
        threshold: see `predict`.
        on_progress: called with (done, total, name) after each image.

    Raises:
        ImportRefusedError: the folder is missing or empty, or `out` is the same.
        ImageError: a file cannot be read; nothing is written.
        CheckpointError, DeviceError: see `predict`.
        SettingsError: `out` has images or masks that Seep did not write; nothing is written.
        StorageError: the disk is full, or the folder is not writable.

    Example:
        >>> seep.predict_folder("images", out="predictions").written
        2
    """
    return predict_images(
        Path(images),
        Path(out),
        Path(checkpoint or SHIPPED_CHECKPOINT),
        device=device or settings().device,
        probabilities=probabilities,
        on_progress=on_progress,
        nodata=nodata,
        skip_bad=skip_bad,
        threshold=threshold,
    )


def train(
    images: StrPath,
    masks: StrPath,
    out: StrPath,
    *,
    preset: str = "seep",
    class_list: StrPath | None = None,
    device: str | None = None,
    on_event: Callable[[dict[str, Any]], None] | None = None,
    **options: Any,
) -> TrainingReport:
    """Train a network from scratch on a folder of images and masks; write the checkpoint, as `seep train` does.

    A stopped training goes on when it is started again with the same options. To learn from corrections of a
    workspace, use `Workspace.finetune`.

    Args:
        images: folder of images of the shape that the checkpoint is to read.
        masks: folder of masks or annotations with the names of the images; images without a mask are left out.
        out: the checkpoint, a safetensors file.
        preset: a name of docs/presets.md.
        class_list: class names and colors, for masks in colors and annotations: "m4d", or a file (docs/formats.md).
        device: see `predict`.
        on_event: called with a dictionary for each step, epoch and log; its `kind` says which.
        **options: fields of `seep.workflow.training.from_scratch.ScratchOptions`, such as `epochs`, `validation`,
            `test`, `seed` and `pattern`.

    Raises:
        SettingsError: an unknown preset or option, or no image is left for training or validation.
        ImportRefusedError, ImageError: the folders cannot be used.
        LossError: the loss was not finite; after the first epoch, the best network is written.
        TrainingError, DeviceError: see `seep.workflow.training.from_scratch.train_folder`.
    """
    if class_list is not None:
        options["class_list"] = classes_of(os.fspath(class_list))
    unknown = sorted(options.keys() - {one.name for one in fields(ScratchOptions)})
    if unknown:
        raise SettingsError(f"There is no training option {unknown[0]!r}. See `seep train --help`.")
    chosen = ScratchOptions(preset=preset, device=device or settings().device, **options)
    return train_folder(Path(images), Path(masks), Path(out), chosen, on_event or (lambda _event: None))


def evaluate(
    images: StrPath,
    masks: StrPath,
    *,
    nodata: float | str | None = "auto",
    checkpoint: StrPath | None = None,
    device: str | None = None,
    skip_bad: bool = False,
) -> FolderEvaluation:
    """Predict the images of a folder and compare with the masks of the same names.

    Args:
        masks: folder of masks (class ids) with the names of the images; images without a mask are skipped.
        nodata: see `predict_folder`.
        checkpoint: see `predict`.
        device: see `predict`.
        skip_bad: see `predict_folder`.

    Returns:
        The metrics; `.iou` is the binary IoU over all pixels, 0 to 1, or None without any seep.

    Raises:
        ImportRefusedError: a folder is missing or empty, no image has a mask, or masks are predictions of Seep.
        ImageError, MaskError: a file cannot be read.
        CheckpointError, DeviceError: see `predict`.

    Example:
        >>> 0 <= seep.evaluate("images", "masks").iou <= 1
        True
    """
    return evaluate_folder(
        Path(images),
        Path(masks),
        Path(checkpoint or SHIPPED_CHECKPOINT),
        device=device or settings().device,
        nodata=nodata,
        skip_bad=skip_bad,
    )


def open_workspace(path: StrPath, *, author: str | None = None, device: str | None = None) -> Workspace:
    """Open a workspace, or create it with the default classes and the shipped checkpoint.

    Args:
        path: folder of the workspace. The app opens the same folder with `SEEP_WORKSPACE`.
        author: name that is saved with every change; None for `SEEP_USER`, else the login name.
        device: see `predict`.

    Raises:
        WorkspaceError: it cannot be opened, created or migrated.

    Example:
        >>> workspace = seep.open_workspace("survey")
        >>> workspace.active
        'seep-base'
    """
    changes: dict[str, object] = {"workspace": Path(path).expanduser().resolve()}
    if device is not None:
        changes["device"] = device
    stored = open_stored(settings().model_copy(update=changes))
    return Workspace(stored, author or stored.settings.user)


class Workspace:
    """Images, masks, checkpoints and runs of one project; opened by `open_workspace`."""

    def __init__(self, stored: StoredWorkspace, author: str) -> None:
        self._stored, self._actor = stored, Actor(author, "admin")

    def __repr__(self) -> str:
        return f"Workspace({str(self.path)!r})"

    @property
    def path(self) -> Path:
        """Folder of the workspace."""
        return self._stored.store.root

    @property
    def active(self) -> str | None:
        """Name of the active checkpoint, which predicts and which fine-tuning starts from."""
        return next((one.name for one in list_models(self._stored) if one.active), None)

    @property
    def checkpoints(self) -> list[str]:
        """Names of all checkpoints, newest first."""
        return [one.name for one in list_models(self._stored)]

    @property
    def runs(self) -> list[Run]:
        """Fine-tuning runs, newest first."""
        return [Run(self, one.job_id) for one in list_runs(self._stored) if one.job_id is not None]

    def import_images(
        self,
        images: StrPath,
        masks: StrPath | None = None,
        *,
        reviewed: bool = True,
        nodata: float | str | None = "auto",
        options: ImportOptions | None = None,
    ) -> ImportReport:
        """Import images, with or without masks. Files that are already imported are skipped.

        Args:
            images: folder of images, one image, a Sentinel-1 SAFE folder or a zip; or "s3://BUCKET/PREFIX", whose
                images stay there.
            masks: folder of masks or annotations with the names of the images, or "s3://BUCKET/PREFIX".
            reviewed: the masks count as reviewed, so that fine-tuning uses them.
            nodata: see `predict_folder`.
            options: everything else, such as name pattern, bands and window size; replaces `reviewed` and
                `nodata`.

        Raises:
            ImportRefusedError: the folder is missing, empty or without an image.
            MaskError: annotations cannot be read.
            StorageError: the disk is full.

        Example:
            >>> workspace.import_images("images", masks="masks").imported
            2
        """
        chosen = options or ImportOptions(reviewed=reviewed, nodata=nodata)
        if is_bucket(str(images)):
            return import_bucket(self._stored, str(images), masks, chosen, self._actor)
        folder = Path(masks).resolve() if masks is not None else None
        return import_folder(self._stored, Path(images).resolve(), folder, chosen, self._actor)

    def predict(self) -> None:
        """Predict all tiles that are not reviewed and that the active checkpoint has not predicted yet.

        Raises:
            CheckpointError: no checkpoint is active, or it fits no image.
            SeepError: the job failed.
        """
        job_id = enqueue_predict(self._stored, self._actor)
        if job_id is not None:
            self._wait(job_id)

    def finetune(self, preset: str = "quick", *, tiles: str = "new", **hyperparameters: Any) -> Run:
        """Queue a fine-tuning run from the active checkpoint; `.wait()` trains it.

        Args:
            preset: "quick", "thorough", or "slick-head" to train only the slick head.
            tiles: which reviewed tiles to train on: "new" to the checkpoint, of the last "day", or "all".
            **hyperparameters: fields of `seep.workflow.training.presets.FinetuneRequest` that replace those of the
                preset, such as `epochs`, `learning_rate`, `max_steps` and `seed`.

        Raises:
            SettingsError: an unknown preset, choice or hyperparameter, one that the preset does not use, or a value out
                of range.
            TrainingError: no reviewed tile of a training scene.
        """
        if preset not in FINETUNE:
            raise SettingsError(f"There is no preset {preset!r}. Use one of {', '.join(FINETUNE)}.")
        revisions = tuple(chosen_revisions(self._stored, tiles))
        request = changed_request(FINETUNE[preset], {"revision_ids": revisions} | hyperparameters)
        return Run(self, enqueue_finetune(self._stored, request, self._actor))

    def promote(self, checkpoint: str | int) -> None:
        """Make a checkpoint the active one.

        Args:
            checkpoint: its name or its number.

        Raises:
            MissingError: there is no such checkpoint.
            CheckpointError: it does not fit the images or the classes.
        """
        promote(self._stored, find_checkpoint(self._stored, str(checkpoint)), self._actor)

    def roll_back(self) -> str:
        """Make the previous checkpoint active again; return its name.

        Raises:
            CheckpointError: there is no previous checkpoint.
        """
        return roll_back(self._stored, self._actor).name

    def export(
        self, out: StrPath, format_name: str = "mask-tiff", *, selection: TileSelection | None = None
    ) -> ExportReport:
        """Write results to a folder: all files, or none if it fails.

        Args:
            out: folder, created if missing; only files of earlier exports are replaced.
            format_name: a format of docs/guide/exports.md, such as "mask-tiff", "geojson" or "coco".
            selection: which tiles; None for all reviewed ones.

        Raises:
            SettingsError: an unknown format or filter, or a file to replace that no export wrote.
            StorageError: the folder is not writable, or the disk is full.

        Example:
            >>> workspace.export("exported").written
            2
        """
        return export_results(self._stored, Path(out), format_name, selection, actor=self._actor)

    def _wait(self, job_id: int) -> JobRecord:
        """Do a job here, or watch the worker that took it."""
        from seep.jobs.wait import do_job

        do_job(self._stored, job_id, lambda _progress, _message: None)
        job = get_job(self._stored, job_id)
        if job.state != "done":
            raise SeepError(job.error or f"The job was {job.state}.")
        return job


class Run:
    """A fine-tuning run; made by `Workspace.finetune`."""

    def __init__(self, workspace: Workspace, job_id: int) -> None:
        self._workspace, self._job_id = workspace, job_id

    def __repr__(self) -> str:
        return f"Run(state={self.state!r}, verdict={self.verdict!r}, checkpoint={self.checkpoint!r})"

    def wait(self) -> Run:
        """Train in this process, or wait for the worker that trains; return the run.

        Raises:
            SeepError: the run failed or was canceled; the message says why.
        """
        self._workspace._wait(self._job_id)
        return self

    @property
    def state(self) -> str:
        """State of the job: "queued", "running", "done", "failed" or "canceled"."""
        return get_job(self._workspace._stored, self._job_id).state

    @property
    def verdict(self) -> str | None:
        """Compared with the base checkpoint on held-out scenes: "better", "worse" or "inconclusive".

        None before the run is done.
        """
        record = self._record()
        return (
            str(record.outcome["verdict"])
            if record and record.outcome and "verdict" in record.outcome
            else None
        )

    @property
    def summary(self) -> str:
        """The verdict and its evidence in one or two sentences; empty before the run is done."""
        record = self._record()
        return verdict_sentence(record.outcome) if record else ""

    @property
    def checkpoint(self) -> str | None:
        """Name of the new checkpoint; None before the run is done."""
        record = self._record()
        models = list_models(self._workspace._stored) if record and record.checkpoint_id else []
        return next((one.name for one in models if record and one.id == record.checkpoint_id), None)

    def _record(self) -> RunRecord | None:
        runs = list_runs(self._workspace._stored)
        return next((one for one in runs if one.job_id == self._job_id), None)
