import io
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import openvino
import pytest
import torch
from onnx.reference import ReferenceEvaluator

from seep.engine.checkpoint import Checkpoint, new_checkpoint
from seep.engine.decision import Decision
from seep.engine.inference.onnx import TOLERANCE, to_onnx
from seep.engine.unet import UNetConfig, class_probabilities
from seep.errors import CheckpointError

FAMILY = [
    UNetConfig(bands=1, classes=8, levels=2, width=4, stride=2),
    UNetConfig(bands=3, classes=4, levels=1, width=4, block="residual", norm="group", heads="softmax"),
    UNetConfig(bands=1, classes=2, levels=2, width=4, doubling="transposed", attention=True, image_head=True),
    UNetConfig(
        bands=2, classes=3, levels=2, width=4, doubling="convolved", norm="none", deep_supervision=True
    ),
]


def run(data: bytes, image: np.ndarray) -> np.ndarray:
    outputs: Any = ReferenceEvaluator(data).run(None, {"image": image})
    return np.asarray(outputs[0])


def images(config: UNetConfig, count: int, rows: int, columns: int) -> np.ndarray:
    random = np.random.default_rng(7)
    shape = (count, config.bands + 1, rows * config.multiple, columns * config.multiple)
    return random.normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("config", FAMILY, ids=lambda one: f"{one.block}-{one.doubling}-{one.heads}")
def test_the_file_says_what_torch_says_for_any_number_and_size_of_images(config: UNetConfig) -> None:
    made = new_checkpoint(config, seed=3, name="made")
    data = to_onnx(made)
    for shape in ((1, 2, 2), (3, 4, 7)):
        image = images(config, *shape)
        with torch.inference_mode():
            expected = class_probabilities(made.model(torch.from_numpy(image)), config.heads).numpy()
        np.testing.assert_allclose(run(data, image), expected, atol=TOLERANCE)


@pytest.mark.parametrize("config", FAMILY[:2], ids=["two heads", "softmax"])
def test_the_temperature_of_the_card_is_part_of_the_file(config: UNetConfig) -> None:
    made = new_checkpoint(config, seed=3)
    warm = Checkpoint(made.model, made.card | {"temperature": 2.5})
    image = images(config, 1, 2, 2)
    with torch.inference_mode():
        cold = class_probabilities(made.model(torch.from_numpy(image)), config.heads)
    expected = Decision.from_card(warm.card, config).calibrated(cold).numpy()
    assert np.abs(expected - cold.numpy()).max() > 0.05
    np.testing.assert_allclose(run(to_onnx(warm), image), expected, atol=TOLERANCE)


def test_the_card_travels_in_the_metadata() -> None:
    made = new_checkpoint(FAMILY[0], seed=3, name="made")
    graph = onnx.load_model_from_string(to_onnx(made))
    assert {one.key: json.loads(one.value) for one in graph.metadata_props} == {"card": made.card}
    assert [one.name for one in graph.graph.output] == ["probabilities"]


def test_a_file_that_differs_is_not_given_out(monkeypatch: pytest.MonkeyPatch) -> None:
    made = new_checkpoint(FAMILY[0], seed=3, name="odd")
    monkeypatch.setattr("seep.engine.inference.onnx.TOLERANCE", -1.0)
    with pytest.raises(CheckpointError, match="ONNX file of odd differs"):
        to_onnx(made)


def test_openvino_runs_the_file() -> None:
    made = new_checkpoint(FAMILY[0], seed=3)
    data, image = to_onnx(made), images(FAMILY[0], 2, 3, 4)
    core = openvino.Core()
    ready = core.compile_model(core.read_model(io.BytesIO(data)), "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    np.testing.assert_allclose(ready([image])[0], run(data, image), atol=TOLERANCE)


def test_what_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    made = new_checkpoint(FAMILY[0], seed=3)
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(CheckpointError, match="pip install onnx"):
        to_onnx(made)


def test_the_shipped_checkpoint_can_be_given_to_others() -> None:
    from seep.engine.checkpoint import load_checkpoint
    from seep.settings import SHIPPED_CHECKPOINT

    shipped = load_checkpoint(Path(SHIPPED_CHECKPOINT))
    assert len(to_onnx(shipped)) > 1_000_000  # what `to_onnx` checks itself is what counts
