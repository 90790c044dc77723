"""Export of a checkpoint as an ONNX file, which is checked against torch.

The older exporter of torch, which traces the network, is used. It takes 2 s and needs one library; the newer one takes
10 to 30 s and needs four, for the same results. The networks have no branches that tracing could miss, and the check
would detect a difference.
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
from seep.engine.decision import Decision
from seep.engine.unet import UNet, class_probabilities
from seep.errors import CheckpointError

TOLERANCE = 1e-3
"""Largest difference of a probability between the file and torch."""

OPSET = 17
_CHECKED_BLOCKS = ((1, 2, 2), (2, 3, 5))
"""Test batches: number of images, and their sides in multiples of the network's `multiple`."""


class _Probabilities(nn.Module):
    """The exported graph: the network, the temperature and the probabilities of all classes."""

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
    """Export a checkpoint as ONNX and check the file by running it with ONNX's reference implementation.

    The input of the graph, "image", is float32 (N, bands + 1, H, W), normalized as in the card, with 1 in the last
    channel at valid pixels; H and W are multiples of the network's `multiple`. The output, "probabilities", is float32
    (N, classes, H, W), sums to 1 and includes the card's temperature. The program that uses the file has to average
    over flips, apply the threshold and remove small slicks; the card in the metadata has these settings.

    Raises:
        CheckpointError: the library `onnx` is not installed, or a probability differs from that of torch
            by more than `TOLERANCE`.
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
        warnings.simplefilter("ignore")  # torch marks this exporter as deprecated; see above
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
    """Return the largest difference of a probability between ONNX's reference implementation and torch."""
    from onnx.reference import ReferenceEvaluator

    ready = ReferenceEvaluator(data)
    gaps = []
    for blocks in _CHECKED_BLOCKS:
        example = _example(checkpoint, *blocks)
        with torch.inference_mode():
            expected: Any = network(example).numpy()
        found: Any = ready.run(None, {"image": example.numpy()})
        gaps.append(float(np.abs(found[0] - expected).max()))
    return max(gaps)


def _example(checkpoint: Checkpoint, count: int, rows: int, columns: int) -> Tensor:
    """Return random images like normalized ones: mean 0, standard deviation 1, and a channel of valid pixels."""
    config = checkpoint.model.config
    sides = (rows * config.multiple, columns * config.multiple)
    random = torch.Generator().manual_seed(rows)
    bands = torch.randn((count, config.bands, *sides), generator=random)
    return torch.cat((bands, torch.ones((count, 1, *sides))), dim=1)
