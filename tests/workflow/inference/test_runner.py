"""What a prediction does where memory is short; the rest is in test_predicting and in tests/engine."""

from pathlib import Path

import pytest
import torch

from seep.core.image.normalize import statistics_of
from seep.engine.checkpoint import load_checkpoint
from seep.engine.inference.network import Network
from seep.engine.inference.predict import Predictor
from seep.errors import DeviceMemoryError
from seep.workflow.inference.context import PaddedTile
from seep.workflow.inference.runner import TileInput, predict_inputs
from tests.workflow.making import make_tile


@pytest.mark.usefixtures("by_torch")
def test_image_too_large_for_device_memory_is_named(
    tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor, whole = Predictor(load_checkpoint(tiny_checkpoint), "cpu"), Network.__call__
    images = [make_tile(0)[0], make_tile(1)[0][:48, :40], make_tile(2)[0]]
    seen: list[int] = []

    def full(network: Network, batch: torch.Tensor) -> torch.Tensor:
        seen.append(batch.shape[-1])
        if batch.shape[-1] == 40:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return whole(network, batch)

    monkeypatch.setattr(Network, "__call__", full)
    told = r"^b\.tif: .*40 x 48 px .*memory of the device cpu"
    with pytest.raises(DeviceMemoryError, match=told):
        predict_inputs(
            predictor,
            [
                TileInput(name, PaddedTile(image, 0), statistics_of(images, 0), 0)
                for name, image in zip(["a.tif", "b.tif", "c"], images, strict=True)
            ],
        )
    assert seen[-1] == 40
