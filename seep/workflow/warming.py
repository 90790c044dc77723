"""Making a worker ready before there is anything to do, so that a job starts when it is asked for."""

from seep.workflow.workspace import Workspace

SIDE_PX = 32


def warm_up(workspace: Workspace) -> None:
    """Load all that a fine-tuning needs and train a network of a few weights for one step.

    Loading alone is not enough: the first optimiser of a process takes seconds to import what it needs, and
    the first step on a GPU to wake it. Nothing is kept. The job that needs a missing device says so.
    """
    import numpy as np

    import seep.engine.predict  # noqa: F401 - imported to have been imported
    from seep.core.normalise import statistics_of
    from seep.engine.dataset import TrainingTile
    from seep.engine.schedule import TrainConfig
    from seep.engine.train import train
    from seep.engine.unet import UNetConfig
    from seep.errors import DeviceError

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
    except DeviceError:
        return
