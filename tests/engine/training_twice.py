"""One of two processes of a training; started by test_crew with the folder to write to."""

import json
import os
import sys
from pathlib import Path

import numpy as np

from seep.core.image.normalize import statistics_of
from seep.engine.training.dataset import TrainingTile
from seep.engine.training.schedule import TrainConfig
from seep.engine.training.train import train
from seep.engine.unet import UNetConfig

NETWORK = UNetConfig(classes=3, levels=2, width=4, norm="group")
"""Batch norm would see half a batch in each process."""

CONFIG = TrainConfig(
    epochs=2, steps_per_epoch=3, batch_size=2, crop_px=32, seed=4, augmentation="none",
    loss={"cross_entropy": 1.0}, class_weighting="none", patience=5,
    precision="float32",
)  # fmt: skip
"""The loss is a mean over pixels, nothing is drawn but the crops, and rounding is small."""


def tiles() -> list[TrainingTile]:
    """Sea without nodata, a slick in each."""
    found = []
    for number in range(3):
        image = np.random.default_rng(number).gamma(10, 100, (64, 64)).astype(np.float32)
        mask = np.zeros((64, 64), np.uint8)
        mask[20 + number : 30 + number] = 1 + number % 2
        image[mask > 0] *= 0.4
        found.append(TrainingTile(f"sea {number}", image, mask, statistics_of([image], None), None, True))
    return found


def main(folder: Path) -> None:
    losses: list[float] = []
    result = train(
        NETWORK,
        tiles(),
        tiles()[:1],
        CONFIG,
        state_path=folder / "state.safetensors",
        on_event=lambda event: losses.append(event["train_loss"]) if event["kind"] == "epoch" else None,
        should_stop=lambda: False,
        device="cpu",
    )
    told = {
        "losses": losses,
        "weights": [float(one.double().sum()) for one in result.checkpoint.model.state_dict().values()],
        "card": result.checkpoint.card,
        "stopped": result.stopped,
    }
    (folder / f"{os.environ['RANK']}.json").write_text(json.dumps(told))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
