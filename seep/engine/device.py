"""Compute devices: selection, memory errors, compilation."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Generic, TypeVar

import torch
from torch import Tensor

from seep.errors import DeviceError, DeviceMemoryError

Result = TypeVar("Result")


def pick_device(wanted: str | None = None) -> torch.device:
    """Select a device.

    Args:
        wanted: "cpu", "cuda", "cuda:N", or None for CUDA where it is available and the CPU elsewhere.

    Raises:
        DeviceError: the name is unknown, or the device is not available.
    """
    if wanted is None:
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(wanted)
    except RuntimeError as error:
        raise DeviceError(f"{wanted!r} is not the name of a device. Use cpu, cuda or cuda:N.") from error
    if device.type not in ("cpu", "cuda"):
        raise DeviceError(f"The device {wanted!r} is not supported. Use cpu, cuda or cuda:N.")
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise DeviceError(
            f"{wanted} is not available: torch finds {torch.cuda.device_count()} CUDA device(s). "
            "Use cpu, or install a CUDA build of torch and its driver."
        )
    return device


def computes_bfloat16(device: torch.device) -> bool:
    """Return whether a device multiplies in bfloat16 faster than in float32.

    CUDA devices do, and processors with AVX-512 BF16 or AMX. On other processors bfloat16 is emulated.
    """
    if device.type == "cuda":
        return True
    found = torch.cpu.get_capabilities()
    return bool(found.get("avx512_bf16") or found.get("amx_bf16"))


def out_of_memory(error: BaseException) -> bool:
    """Return whether an error means that the memory of the GPU or of the machine is full."""
    return isinstance(error, (torch.OutOfMemoryError, MemoryError)) or "can't allocate memory" in str(error)


def too_large(height: int, width: int, device: torch.device) -> DeviceMemoryError:
    """Return the error for a single image, sides in pixels, that does not fit the memory of a device."""
    other = "use the CPU (SEEP_DEVICE=cpu)" if device.type == "cuda" else "use a machine with more memory"
    return DeviceMemoryError(
        f"An image of {width} x {height} px does not fit the memory of the device {device}. "
        f"Close other programs, import the image in smaller windows, or {other}."
    )


@contextmanager
def one_thread() -> Iterator[None]:
    """Limit torch to one CPU thread, for small operations on a single tile.

    Each takes 0.1 ms on one thread; synchronizing several threads on a busy machine takes 20 ms.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class CompiledFunction(Generic[Result]):
    """A function of one tensor, compiled with `torch.compile`; runs eagerly after the first failure.

    The compiler needs a toolchain that many machines lack. The function itself needs none.

    Attributes:
        eager: the function that was compiled.
    """

    def __init__(
        self,
        eager: Callable[[Tensor], Result],
        on_failure: Callable[[str], None],
        *,
        mode: str | None = "reduce-overhead",
    ) -> None:
        """Wrap a function; it is compiled at its first call, and once more for each new shape.

        Args:
            eager: the function, usually a module.
            on_failure: called once with a sentence when compilation fails.
            mode: of `torch.compile`; "reduce-overhead" records CUDA graphs, whose outputs the next call
                overwrites.
        """
        self.eager, self._on_failure = eager, on_failure
        self._call: Callable[[Tensor], Result] = torch.compile(eager, mode=mode, dynamic=False)

    def __call__(self, x: Tensor) -> Result:
        """Call the compiled function; an error for lack of memory is not a failure of the compiler."""
        if self._call is self.eager:
            return self.eager(x)
        try:
            return self._call(x)
        except Exception as error:
            if out_of_memory(error):
                raise
            reason = (str(error).strip() or type(error).__name__).splitlines()[0]
        self._call = self.eager
        self._on_failure(f"torch.compile failed ({reason}). Running without it.")
        return self.eager(x)


def peak_memory_bytes(device: torch.device) -> int | None:
    """Return the highest memory use so far: of the GPU, else of this process; None where it is unknown."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if sys.platform != "linux":
        return None
    import resource  # does not exist on Windows

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def describe_devices() -> str:
    """Return in a sentence which version of torch is installed and which GPUs it sees."""
    count = torch.cuda.device_count()
    names = ", ".join(f"cuda:{index} {torch.cuda.get_device_name(index)}" for index in range(count))
    return f"torch {torch.__version__} sees {names or 'no GPU'}."
