"""A network on the CPU by way of OpenVINO: the same numbers as torch, about twice as fast.

The network is handed over in memory; the package's converter, which would report its use over the network, is
not called.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

TRACED_PX = 64
"""A multiple of what any network needs."""

Run = Callable[[NDArray[np.float32]], NDArray[np.float32]]


def compiled(model: nn.Module, shape: tuple[int, int, int, int]) -> Run | None:
    """Compile a network for inputs of one shape; None where OpenVINO is not installed.

    Args:
        model: maps (N, channels, H, W) to one tensor; on the CPU, in evaluation mode.
        shape: (N, channels, H, W).

    Returns:
        A function from float32 of that shape to float32; not for two threads at once.
    """
    try:
        import openvino
        from openvino.frontend import FrontEndManager
        from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder
    except ImportError:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch calls the tracing that OpenVINO needs deprecated
        # Traced on a small image, as tracing runs it three times; the shape is set afterwards.
        example = torch.zeros((*shape[:2], TRACED_PX, TRACED_PX))
        decoder = TorchScriptPythonDecoder(model, example_input=example)
        frontend = FrontEndManager().load_by_framework("pytorch")
        network = frontend.convert(frontend.load(decoder))
    network.reshape(list(shape))
    settings = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": torch.get_num_threads()}
    ready = openvino.Core().compile_model(network, "CPU", settings)
    request = ready.create_infer_request()

    def run(batch: NDArray[np.float32]) -> NDArray[np.float32]:
        request.infer([np.ascontiguousarray(batch)], share_inputs=True)
        found: NDArray[np.float32] = request.get_output_tensor(0).data
        return found

    return run
