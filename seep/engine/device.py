"""Which device computes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from seep.errors import DeviceError, DeviceMemoryError


def pick_device(wanted: str | None = None) -> torch.device:
    """The device to use.

    Args:
        wanted: "cpu", "cuda", "cuda:N", or None for CUDA where there is one and the CPU elsewhere.

    Raises:
        DeviceError: if the device is not known or not there.
    """
    if wanted is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        raise DeviceError(f"no device is called {wanted!r}: use cpu, cuda or cuda:N") from error
    if device.type not in ("cpu", "cuda"):
        raise DeviceError(f"the device {wanted!r} is not supported: use cpu, cuda or cuda:N")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise DeviceError(
            f"{wanted} was asked for, but torch finds {torch.cuda.device_count()} CUDA device(s): "
            "use cpu, or install a CUDA build of torch and its driver"
        )
    return device


def out_of_memory(error: BaseException) -> bool:
    """Whether an error says that memory, of a GPU or of the machine, is used up."""
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "can't allocate memory" in str(error)


def too_large(height: int, width: int, device: torch.device) -> DeviceMemoryError:
    """The error to raise where one image alone does not fit the memory of a device; sides in pixels."""
    aside = "use the CPU (SEEP_DEVICE=cpu)" if device.type == "cuda" else "use a machine with more memory"
    return DeviceMemoryError(
        f"{width} x {height} px do not fit the memory of the device {device}: close what else uses it, "
        f"import the image in smaller windows, or {aside}"
    )


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch compute on one thread of the processor meanwhile: for work on one tile after the other.

    Such work takes a tenth of a millisecond, waiting for other threads on a busy machine 20.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
