"""Comparison of a device with the CPU: train and predict on both, and say whether the device can be trusted."""

import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from seep.core.image.normalize import normalize, statistics_of
from seep.core.synthesis.scene import SyntheticScene, synthesize_scene
from seep.errors import LossError
from seep.settings import SHIPPED_CHECKPOINT

if TYPE_CHECKING:
    from seep.engine.checkpoint import Checkpoint
    from seep.engine.training.train import Event

TILES, TILE_PX = 16, 256
STEPS, BATCH_CROPS, CROP_PX = 20, 8, 128
SEED = 20_261_122

LOSS_TOLERANCE = 0.02
MEAN_PROBABILITY_TOLERANCE = 0.001
MAX_PROBABILITY_TOLERANCE = 0.15
MASK_TOLERANCE = 0.001
"""A GPU computes convolutions in bfloat16, which has 8 significant bits (a relative step of 2 ** -8 = 0.0039), and
adds in another order than a CPU. The tolerances are at least three times the differences between bfloat16 and
float32 on one CPU with these tiles and steps (docs/speed.md, "Check a GPU")."""


@dataclass(frozen=True)
class Comparison:
    """One quantity of the device beside the CPU's.

    Attributes:
        name: of the quantity.
        difference: from the CPU, in the unit of the tolerance; NaN where the device gave no finite number.
        tolerance: the largest difference of a device that works.
    """

    name: str
    difference: float
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether the difference is a number within the tolerance."""
        return self.difference <= self.tolerance


@dataclass(frozen=True)
class Timing:
    """Elapsed time of one task, the second of two runs where the first one warms up.

    Attributes:
        name: of the task.
        cpu_s: seconds on the CPU.
        device_s: seconds on the device.
    """

    name: str
    cpu_s: float
    device_s: float


@dataclass(frozen=True)
class DeviceReport:
    """Result of `check_device`.

    Attributes:
        device: the device as torch names it, such as "cuda:0".
        comparisons: every quantity that was compared.
        timings: of training and prediction.
    """

    device: str
    comparisons: tuple[Comparison, ...]
    timings: tuple[Timing, ...]

    @property
    def trusted(self) -> bool:
        """Whether every comparison passed."""
        return all(comparison.passed for comparison in self.comparisons)


@dataclass(frozen=True, eq=False)
class _Measurement:
    """What one device computed.

    Attributes:
        losses: (STEPS,) training loss after each step.
        probabilities: (TILES, TILE_PX, TILE_PX) seep probability, 0 to 1.
        compiled: the same of one batch by the compiled network, or by the plain one on a CPU.
        masks: (TILES, TILE_PX, TILE_PX) uint8 class ids.
        train_s: seconds for `STEPS` steps.
        predict_s: seconds for `TILES` tiles.
    """

    losses: npt.NDArray[np.float64]
    probabilities: npt.NDArray[np.float32]
    compiled: npt.NDArray[np.float32]
    masks: npt.NDArray[np.uint8]
    train_s: float
    predict_s: float


def check_device(device: str) -> DeviceReport:
    """Train 20 steps and predict 16 synthetic tiles on a device and on the CPU, and compare.

    The CPU reference is plain torch in float32. Both start from the shipped checkpoint and see the same crops.

    Args:
        device: "cpu" (a self-check of the fast CPU backend), "cuda" or "cuda:N".

    Raises:
        DeviceError: the device is not available, or its memory is too small.
        CheckpointError: the shipped checkpoint is missing or damaged.
    """
    from seep.engine.checkpoint import load_checkpoint
    from seep.engine.device import pick_device

    name = str(pick_device(device))
    checkpoint = load_checkpoint(SHIPPED_CHECKPOINT)
    scenes = [synthesize_scene(SEED + number, TILE_PX, TILE_PX) for number in range(TILES)]
    reference = _measure(checkpoint, scenes, "cpu", "torch")
    return _compare(name, reference, _measure(checkpoint, scenes, name, None))


def _compare(device: str, reference: _Measurement, measured: _Measurement) -> DeviceReport:
    difference = np.abs(measured.probabilities - reference.probabilities)
    compiled = np.abs(measured.compiled - reference.compiled)
    other = measured.masks != reference.masks
    losses = np.abs(measured.losses - reference.losses) / reference.losses
    return DeviceReport(
        device,
        (
            Comparison("training loss, largest relative difference", float(losses.max()), LOSS_TOLERANCE),
            Comparison("seep probability, mean difference", float(difference.mean()), MEAN_PROBABILITY_TOLERANCE),
            Comparison("seep probability, largest difference", float(difference.max()), MAX_PROBABILITY_TOLERANCE),
            Comparison("the same, compiled", float(compiled.max()), MAX_PROBABILITY_TOLERANCE),
            Comparison("mask, share of other pixels", float(other.mean()), MASK_TOLERANCE),
        ),
        (
            Timing(f"train {STEPS} steps", reference.train_s, measured.train_s),
            Timing(f"predict {TILES} tiles", reference.predict_s, measured.predict_s),
        ),
    )  # fmt: skip


def _measure(
    checkpoint: "Checkpoint", scenes: Sequence[SyntheticScene], device: str, backend: str | None
) -> _Measurement:
    """Train and predict on a device.

    Args:
        checkpoint: what training starts from, and what predicts.
        backend: see `Network`; None for the fastest that is installed.
    """
    from seep.engine.inference.network import Network
    from seep.engine.inference.predict import Predictor
    from seep.engine.inference.windows import batch_of

    images = [scene.image for scene in scenes]
    statistics = [statistics_of([image], 0) for image in images]
    losses, train_s = _train(checkpoint, scenes, device)

    predictor = Predictor(checkpoint, device)
    predictor.networks = [Network(checkpoint.model, predictor.device, backend)]
    predictor.predict(images[:1], statistics[:1], 0)
    began = time.perf_counter()
    tiles = predictor.predict(images, statistics, 0)
    predict_s = time.perf_counter() - began

    inputs = [normalize(image, own, 0) for image, own in zip(images, statistics, strict=True)]
    network = Network(checkpoint.model, predictor.device, backend, compile_after=0)
    compiled = network(batch_of(np.stack(inputs), predictor.device, network.config.multiple))
    return _Measurement(
        losses=losses,
        probabilities=np.stack([tile.seep_probability for tile in tiles]),
        compiled=(1 - compiled[:, 0]).cpu().numpy(),
        masks=np.stack([tile.mask for tile in tiles]),
        train_s=train_s,
        predict_s=predict_s,
    )


def _train(
    checkpoint: "Checkpoint", scenes: Sequence[SyntheticScene], device: str
) -> tuple[npt.NDArray[np.float64], float]:
    """Loss after each step, and elapsed seconds; the losses are NaN where training stopped."""
    from seep.engine.training.dataset import TrainingTile
    from seep.engine.training.schedule import TrainConfig
    from seep.engine.training.train import train

    tiles = [
        TrainingTile(
            name=f"synthetic {number}",
            image=scene.image,
            mask=scene.mask,
            statistics=statistics_of([scene.image], 0),
            nodata=0,
            corrected=True,
        )
        for number, scene in enumerate(scenes)
    ]
    config = TrainConfig(
        epochs=STEPS,
        steps_per_epoch=1,
        batch_size=BATCH_CROPS,
        crop_px=CROP_PX,
        learning_rate=3e-4,
        freeze_batch_norm=True,
        augmentation="turns",  # speckle is drawn on the device, so devices would see other images
        device_data="host",
        compile="off",
    )
    losses = np.full(STEPS, np.nan)

    def on_event(event: "Event") -> None:
        if event["kind"] == "epoch":
            losses[event["epoch"] - 1] = event["train_loss"]

    began = time.perf_counter()
    with contextlib.suppress(LossError):  # not finite: the rest stays NaN and fails the comparison
        train(
            checkpoint,
            tiles,
            [],
            config,
            state_path=None,
            on_event=on_event,
            should_stop=lambda: False,
            device=device,
        )
    return losses, time.perf_counter() - began
