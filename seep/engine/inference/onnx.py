"""A checkpoint as an ONNX file, for other programs, checked against torch before it is given out.

torch's older exporter is used, by tracing: it takes 2 s and one library, the newer one 10 to 30 s and four,
for the same numbers. A network of this family has no branch that tracing could miss, and the check would
show it.
"""

from __future__ import annotations

import io
import json
import warnings
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from seep.engine.checkpoint import Checkpoint
from seep.engine.inference.decision import Decision
from seep.engine.unet import UNet, class_probabilities
from seep.errors import CheckpointError

TOLERANCE = 1e-3
"""No probability may differ from torch's by more."""

OPSET = 17
_CHECKED_BLOCKS = ((1, 2, 2), (2, 3, 5))
"""Images, and the sides in multiples of what the network needs, on which torch and the file are compared."""


class _Probabilities(nn.Module):
    """What a card promises, in one graph: logits, temperature, probabilities of all classes."""

    def __init__(self, model: UNet, temperature: float) -> None:
        super().__init__()
        self.model, self.temperature = model, temperature

    def forward(self, image: Tensor) -> Tensor:
        """(N, bands + 1, H, W) normalized -> (N, classes, H, W) probabilities."""
        logits = self.model(image)
        heads = self.model.config.heads
        if self.temperature != 1:  # as `Decision.calibrated`, on logits
            warm = 1 if heads == "two" else logits.shape[1]
            logits = torch.cat((logits[:, :warm] / self.temperature, logits[:, warm:]), dim=1)
        return class_probabilities(logits, heads)


def to_onnx(checkpoint: Checkpoint) -> bytes:
    """Write a checkpoint as ONNX and check the file by running it.

    The graph has one input, "image": float32 (N, bands + 1, H, W), normalized as the card says, the last
    channel 1 where data is; H and W are multiples of the network's. Its one output, "probabilities": float32
    (N, classes, H, W), summing to 1, with the card's temperature applied. Averaging over flips, threshold and
    all else that makes a mask of them is the reader's; the card, in the metadata, says what.

    Raises:
        CheckpointError: the library `onnx` or `openvino` is not installed, or the file says something else
            than torch, by more than `TOLERANCE`.
    """
    try:
        import onnx
    except ImportError as error:
        raise CheckpointError(
            "ONNX files need the library onnx: install it with pip install onnx."
        ) from error
    decision = Decision.from_card(checkpoint.card, checkpoint.model.config)
    network = _Probabilities(checkpoint.model, decision.temperature).eval()
    file = io.BytesIO()
    with warnings.catch_warnings(), torch.inference_mode():
        warnings.simplefilter("ignore")  # torch calls this exporter deprecated; see above
        torch.onnx.export(
            network,
            (_example(checkpoint, 1, 2, 3),),
            file,  # type: ignore[arg-type] # a path by its annotation, anything that is written by its code
            dynamo=False,
            opset_version=OPSET,
            input_names=["image"],
            output_names=["probabilities"],
            dynamic_axes={name: {0: "n", 2: "height", 3: "width"} for name in ("image", "probabilities")},
        )
    graph = onnx.load_model_from_string(file.getvalue())
    graph.producer_name = "seep"
    onnx.helper.set_model_props(graph, {"card": json.dumps(checkpoint.card, sort_keys=True)})
    onnx.checker.check_model(graph)
    data: bytes = graph.SerializeToString()
    gap = _largest_gap(data, checkpoint, network)
    if not gap <= TOLERANCE:
        raise CheckpointError(
            f"The ONNX file of {checkpoint.card.get('name')} differs from the network by {gap:.1e}, more "
            f"than {TOLERANCE:g}, and was not written: export it as safetensors and report this."
        )
    return data


def _largest_gap(data: bytes, checkpoint: Checkpoint, network: nn.Module) -> float:
    """The largest difference of a probability between the file, run by OpenVINO, and torch."""
    try:
        import openvino
    except ImportError as error:
        raise CheckpointError(
            "An ONNX file is checked by OpenVINO before it is written: install it with pip install openvino."
        ) from error
    core = openvino.Core()
    settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": torch.get_num_threads()}
    ready = core.compile_model(core.read_model(io.BytesIO(data)), "CPU", settings)
    gaps = []
    for blocks in _CHECKED_BLOCKS:
        example = _example(checkpoint, *blocks)
        with torch.inference_mode():
            expected: Any = network(example).numpy()
        gaps.append(float(np.abs(ready([example.numpy()])[0] - expected).max()))
    return max(gaps)


def _example(checkpoint: Checkpoint, count: int, rows: int, columns: int) -> Tensor:
    """Images such as normalization gives: around 0 with a spread of 1, and a channel of valid pixels."""
    config = checkpoint.model.config
    sides = (rows * config.multiple, columns * config.multiple)
    random = torch.Generator().manual_seed(rows)
    bands = torch.randn((count, config.bands, *sides), generator=random)
    return torch.cat((bands, torch.ones((count, 1, *sides))), dim=1)
