import pytest
import torch

from seep.engine.device import pick_device
from seep.errors import DeviceError


def test_without_a_wish_the_best_device_is_picked():
    assert pick_device(None).type == ("cuda" if torch.cuda.is_available() else "cpu")


def test_the_cpu_is_always_there():
    assert pick_device("cpu") == torch.device("cpu")


def test_a_missing_gpu_is_named_with_the_remedy():
    with pytest.raises(DeviceError, match=r"cuda:63 was asked for.*use cpu"):
        pick_device("cuda:63")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_cuda_without_a_gpu_is_refused():
    with pytest.raises(DeviceError, match="finds 0 CUDA"):
        pick_device("cuda")


@pytest.mark.parametrize("wanted", ["gpu", "", "mps", "meta"])
def test_unknown_devices_are_refused(wanted):
    with pytest.raises(DeviceError, match="use cpu, cuda or cuda:N"):
        pick_device(wanted)
