"""Warm-up of an idle worker, so that the first job starts without delay."""

import sys

from seep.workflow.workspace import Workspace

SIDE_PX = 32


def warm_up(workspace: Workspace) -> None:
    """Import the libraries for training and train a tiny network for one step.

    Imports alone are not enough: the first optimizer of a process imports more, and the first step on a GPU
    initializes it. Nothing is stored. A failure, such as a missing or full GPU, is only logged: the job that
    needs the device reports it, and the worker can still run other jobs.
    """
    import numpy as np

    import seep.engine.inference.predict  # noqa: F401 - loads torch
    from seep.core.image.normalize import statistics_of
    from seep.engine.training.dataset import TrainingTile
    from seep.engine.training.schedule import TrainConfig
    from seep.engine.training.train import train
    from seep.engine.unet import UNetConfig
    from seep.errors import SeepError

    image = np.arange(1, SIDE_PX**2 + 1, dtype=np.uint16).reshape(SIDE_PX, SIDE_PX)
    mask = (image > image.size // 2).astype(np.uint8)
    tile = TrainingTile("warm-up", image, mask, statistics_of([image], 0), 0, corrected=True)
    try:
        train(
            UNetConfig(levels=2, width=4),
            [tile],
            [],
            TrainConfig(epochs=1, steps_per_epoch=1, batch_size=1, crop_px=SIDE_PX),
            state_path=None,
            on_event=lambda _: None,
            should_stop=lambda: False,
            device=workspace.settings.device,
        )
    except (SeepError, RuntimeError) as error:  # CUDA raises RuntimeError
        print(f"seep worker: warm-up failed: {error}", file=sys.stderr, flush=True)
