"""Distributed training: one process per GPU, started by `torchrun`.

Each process computes its share of every batch, and DistributedDataParallel averages the gradients. Only the main
process validates, reports and writes. Losses are means over the processes; Dice and the statistics of batch norm are
computed per process.
"""

from __future__ import annotations

import atexit
import json
import os
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn

from seep.engine.checkpoint import Checkpoint
from seep.engine.unet import UNet


@dataclass(frozen=True)
class DistributedContext:
    """Rank and device of this process in a training.

    Attributes:
        device: device of this process.
        rank: number of this process, from 0.
        world_size: number of processes; 1 without `torchrun` and `join_ranks`.
    """

    device: torch.device
    rank: int = 0
    world_size: int = 1

    @property
    def is_main(self) -> bool:
        """Whether this process validates, reports and writes."""
        return self.rank == 0

    def broadcast_flag(self, flag: bool) -> bool:
        """Return the value of the main process; every process must call this."""
        if self.world_size == 1:
            return flag
        tensor = torch.tensor([flag], dtype=torch.uint8, device=self.device)
        distributed.broadcast(tensor, 0)
        return bool(tensor.item())

    def all_reduce_mean(self, value: Tensor) -> Tensor:
        """Return the mean of a scalar over the processes."""
        if self.world_size > 1:
            distributed.all_reduce(value)
        return value / self.world_size

    def wrap(self, module: nn.Module) -> nn.Module:
        """Wrap a module in DistributedDataParallel, if there are several processes."""
        if self.world_size == 1:
            return module
        device_ids = [self.device] if self.device.type == "cuda" else None
        return nn.parallel.DistributedDataParallel(module, device_ids=device_ids)

    def broadcast_checkpoint(self, checkpoint: Checkpoint | None, like: UNet) -> Checkpoint:
        """Return the checkpoint of the main process, on the CPU.

        Args:
            checkpoint: the checkpoint in the main process; None in the others.
            like: a network of the same shape.
        """
        if self.world_size == 1:
            assert checkpoint is not None  # this is the main process
            return checkpoint
        model = checkpoint.model if checkpoint else UNet(like.config)
        weights = {name: tensor.to(self.device) for name, tensor in model.state_dict().items()}
        for tensor in weights.values():
            distributed.broadcast(tensor, 0)
        model.load_state_dict(weights)
        card = self._text(json.dumps(checkpoint.card) if checkpoint else "")
        return checkpoint or Checkpoint(model.cpu().eval(), json.loads(card))

    def _text(self, text: str) -> str:
        """Return the text of the main process; it is sent as bytes because torch would pickle an object."""
        length = torch.tensor([len(text.encode())], device=self.device)
        distributed.broadcast(length, 0)
        letters = torch.zeros(int(length.item()), dtype=torch.uint8, device=self.device)
        if self.is_main:
            letters.copy_(_bytes(text))
        distributed.broadcast(letters, 0)
        return letters.cpu().numpy().tobytes().decode()


def distributed_context(device: torch.device) -> DistributedContext:
    """Return the context of this process; the world size is 1 unless `torchrun` started it, or after `join_ranks`.

    Args:
        device: "cuda" without a number becomes the GPU with the local rank of this process.
    """
    if not (distributed.is_torchelastic_launched() or distributed.is_initialized()):
        return DistributedContext(device)
    cuda = device.type == "cuda"
    if cuda and device.index is None and "LOCAL_RANK" in os.environ:
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    if cuda:
        torch.cuda.set_device(device)
    if not distributed.is_initialized():
        distributed.init_process_group("nccl" if cuda else "gloo")
        atexit.register(distributed.destroy_process_group)
    return DistributedContext(device, distributed.get_rank(), distributed.get_world_size())


def join_ranks(rank: int, world_size: int, address: str, device: str) -> None:
    """Join the other processes of a training that no `torchrun` started; returns when all are there.

    Args:
        rank: number of this process, from 0.
        address: `HOST:PORT` at which the main process waits.
        device: "cpu" or "cuda".
    """
    backend = "nccl" if device == "cuda" else "gloo"
    distributed.init_process_group(backend, init_method=f"tcp://{address}", rank=rank, world_size=world_size)


def is_main_process() -> bool:
    """Return whether this process writes and prints; can be called before a device is selected."""
    return int(os.environ.get("RANK", "0")) == 0 or not distributed.is_torchelastic_launched()


def _bytes(text: str) -> Tensor:
    return torch.tensor(list(text.encode()), dtype=torch.uint8)
