"""Inference on the CPU with OpenVINO: the same results as torch, several times as fast.

The network is converted in memory. OpenVINO's own converter is not used, because it sends usage statistics. The network
is compiled for images of any size: fixed sizes are not faster, and each needs a compilation.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

TRACED_PX = 64
"""A multiple of what any network needs."""
ABREAST_PX = 512 * 512
"""Images up to this size run in parallel, one per thread. Larger ones run one after the other on all threads, which
needs less memory."""


class NotCompiledError(Exception):
    """OpenVINO cannot compile a network for this processor; torch can still run it."""


class CompiledNetwork:
    """A network that OpenVINO runs; not thread-safe.

    Several small images run in parallel, one per thread, so that each stays in the cache of one core. A single image or
    a large one uses all threads.
    """

    def __init__(self, model: nn.Module, channels: int, threads: int | None = None) -> None:
        """Convert the network; it is compiled when it first runs.

        Args:
            model: maps (N, channels, H, W) to one tensor of the same height and width; on the CPU, in evaluation
                mode.
            threads: number of CPU threads; None for that of torch.

        Raises:
            ImportError: OpenVINO is not installed.
            NotCompiledError: OpenVINO does not support a part of the network.
        """
        self._network = _converted(model, channels)
        self._threads = threads or torch.get_num_threads()
        self._single: Any = None
        self._abreast: Any = None

    def __call__(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        """Run a batch: (N, channels, H, W) -> (N, outputs, H, W), both float32.

        Raises:
            NotCompiledError: OpenVINO cannot compile the network; raised in the first runs only.
        """
        count, _, height, width = batch.shape
        if count > 1 and height * width <= ABREAST_PX:
            return self._side_by_side(batch)
        if self._single is None:
            self._single = self._compile(1).create_infer_request()
        parts = []
        for one in range(count):
            self._single.infer([np.ascontiguousarray(batch[one : one + 1])], share_inputs=True)
            parts.append(self._single.get_output_tensor(0).data.copy())
        return parts[0] if count == 1 else np.concatenate(parts)

    def _side_by_side(self, batch: NDArray[np.float32]) -> NDArray[np.float32]:
        import openvino

        if self._abreast is None:
            self._abreast = openvino.AsyncInferQueue(self._compile(self._threads), self._threads)
        parts: list[NDArray[np.float32]] = [batch[:0]] * len(batch)

        def take(request: Any, place: int) -> None:
            parts[place] = request.get_output_tensor(0).data.copy()

        self._abreast.set_callback(take)
        for place in range(len(batch)):
            self._abreast.start_async([np.ascontiguousarray(batch[place : place + 1])], place)
        self._abreast.wait_all()
        return np.concatenate(parts)

    def _compile(self, streams: int) -> Any:
        import openvino

        settings = {
            "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": self._threads,
            "NUM_STREAMS": str(streams),
            # Without this, each process uses the first cores, and two processes would share them.
            "ENABLE_CPU_PINNING": False,
        }
        try:
            return openvino.Core().compile_model(self._network, "CPU", settings)
        except RuntimeError as error:
            raise NotCompiledError(str(error)) from error


def _converted(model: nn.Module, channels: int) -> Any:
    """Convert a network to an OpenVINO model for one image of any height and width."""
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    with warnings.catch_warnings(), torch.no_grad():
        warnings.simplefilter("ignore")  # torch marks the tracing that OpenVINO needs as deprecated
        example = torch.zeros((1, channels, TRACED_PX, TRACED_PX))
        # check_trace would run the network twice more, which takes seconds; the tests compare the results.
        traced = torch.jit.trace(model.eval(), example, check_trace=False)  # type: ignore[no-untyped-call]
        decoder = TorchScriptPythonDecoder(traced)
        frontend = FrontEndManager().load_by_framework("pytorch")
        try:
            network = frontend.convert(frontend.load(decoder))
        except RuntimeError as error:
            raise NotCompiledError(str(error)) from error
    network.reshape([1, channels, -1, -1])
    return network
