"""Making a worker ready before there is anything to do, so that a job starts when it is asked for."""

import sys

from seep.workflow.workspace import Workspace

SIDE_PX = 32


def warm_up(workspace: Workspace) -> None:
    """Load all that a fine-tuning needs and train a network of a few weights for one step.

    Loading alone is not enough: the first optimizer of a process takes seconds to import what it needs, and
    the first step on a GPU to wake it. Nothing is kept. Where it fails, as on a GPU that is missing or that
    another program fills, the job that needs it says so; the worker is there for other jobs.
    """
    import numpy as np

    import seep.engine.inference.predict  # noqa: F401 - imported to have been imported
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
    except (SeepError, RuntimeError) as error:  # what CUDA complains of is a RuntimeError
        print(f"seep worker: not warmed up: {error}", file=sys.stderr, flush=True)
