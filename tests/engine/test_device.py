import pytest
import torch

from seep.engine.device import CompiledFunction, computes_bfloat16, peak_memory_bytes, pick_device
from seep.errors import DeviceError


def test_the_best_device_is_the_default():
    assert pick_device(None).type == ("cuda" if torch.cuda.is_available() else "cpu")


def test_the_cpu_is_always_available():
    assert pick_device("cpu") == torch.device("cpu")


def test_a_missing_gpu_is_refused():
    with pytest.raises(DeviceError, match=r"cuda:63 is not available.*Use cpu"):
        pick_device("cuda:63")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_without_a_gpu_is_refused():
    with pytest.raises(DeviceError, match="finds 0 CUDA"):
        pick_device("cuda")


@pytest.mark.parametrize("wanted", ["gpu", "", "mps", "meta"])
def test_unknown_devices_are_refused(wanted):
    with pytest.raises(DeviceError, match="Use cpu, cuda or cuda:N"):
        pick_device(wanted)


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({}, False),
        ({"avx512_f": True, "avx512_bf16": False}, False),
        ({"avx512_bf16": True}, True),
        ({"amx_bf16": True}, True),
    ],
)
def test_bfloat16_needs_a_processor_that_computes_it(monkeypatch, capabilities, expected):
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert computes_bfloat16(torch.device("cpu")) is expected
    assert computes_bfloat16(torch.device("cuda"))


def failing_compiler(calls, error):
    def compile_function(function, **_):
        def run(_):
            calls.append(1)
            raise error

        return run

    return compile_function


def test_a_function_that_cannot_be_compiled_runs_eagerly(monkeypatch):
    calls, messages = [], []
    monkeypatch.setattr(torch, "compile", failing_compiler(calls, RuntimeError("no compiler\nwas found")))
    double = CompiledFunction(lambda x: 2 * x, messages.append)
    for _ in range(3):
        torch.testing.assert_close(double(torch.ones(2)), torch.full((2,), 2.0))
    assert len(calls) == 1
    assert messages == ["torch.compile failed (no compiler). Running without it."]


def test_a_lack_of_memory_is_not_a_failure_of_the_compiler(monkeypatch):
    calls, messages = [], []
    monkeypatch.setattr(torch, "compile", failing_compiler(calls, torch.OutOfMemoryError("full")))
    double = CompiledFunction(lambda x: 2 * x, messages.append)
    for _ in range(2):
        with pytest.raises(torch.OutOfMemoryError):
            double(torch.ones(2))
    assert len(calls) == 2
    assert not messages


def test_the_peak_memory_of_the_process_is_known_on_linux():
    found = peak_memory_bytes(torch.device("cpu"))
    assert found is None or found > 1e6
