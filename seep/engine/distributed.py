"""Several processes that train one network, one a GPU, as `torchrun` starts them.

Each takes its share of every batch; gradients are averaged over all (DistributedDataParallel). The
first one alone measures, decides, reports and writes. Losses are means over processes: those that look
at a batch as a whole (Dice) see a process's share of it, and so do the statistics of batch norm.
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
class Crew:
    """The processes of a training, seen from one of them.

    Attributes:
        device: of this process.
        rank: its number, from 0.
        size: how many there are; 1 where nothing is shared.
    """

    device: torch.device
    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Whether this process decides, reports and writes."""
        return self.rank == 0

    def agree(self, said: bool) -> bool:
        """What the first process said; all have to ask."""
        if self.size == 1:
            return said
        word = torch.tensor([said], dtype=torch.uint8, device=self.device)
        distributed.broadcast(word, 0)
        return bool(word.item())

    def mean(self, value: Tensor) -> Tensor:
        """The mean of a number over the processes."""
        if self.size > 1:
            distributed.all_reduce(value)
        return value / self.size

    def joined(self, module: nn.Module) -> nn.Module:
        """The module, whose gradients are now averaged over the processes."""
        if self.size == 1:
            return module
        own = [self.device] if self.device.type == "cuda" else None
        return nn.parallel.DistributedDataParallel(module, device_ids=own)

    def shared(self, checkpoint: Checkpoint | None, like: UNet) -> Checkpoint:
        """The first process's checkpoint, on the CPU, in all of them; the others come with None.

        Args:
            checkpoint: of the first process.
            like: a network of that shape.
        """
        if self.size == 1:
            assert checkpoint is not None  # there is no other process that has it
            return checkpoint
        model = checkpoint.model if checkpoint else UNet(like.config)
        weights = {name: tensor.to(self.device) for name, tensor in model.state_dict().items()}
        for tensor in weights.values():
            distributed.broadcast(tensor, 0)
        model.load_state_dict(weights)
        card = self._text(json.dumps(checkpoint.card) if checkpoint else "")
        return checkpoint or Checkpoint(model.cpu().eval(), json.loads(card))

    def _text(self, text: str) -> str:
        """The first process's text, as bytes: objects would travel pickled."""
        length = torch.tensor([len(text.encode())], device=self.device)
        distributed.broadcast(length, 0)
        letters = torch.zeros(int(length.item()), dtype=torch.uint8, device=self.device)
        if self.first:
            letters.copy_(_bytes(text))
        distributed.broadcast(letters, 0)
        return letters.cpu().numpy().tobytes().decode()


def crew_of(device: torch.device) -> Crew:
    """The processes that this one was started with; by itself unless `torchrun` started it.

    Args:
        device: "cuda" without a number becomes the GPU of this process's number on its machine.
    """
    if not distributed.is_torchelastic_launched():
        return Crew(device)
    cuda = device.type == "cuda"
    if cuda and device.index is None:
        device = torch.device("cuda", int(os.environ["LOCAL_RANK"]))
    if cuda:
        torch.cuda.set_device(device)
    if not distributed.is_initialized():
        distributed.init_process_group("nccl" if cuda else "gloo")
        atexit.register(distributed.destroy_process_group)
    return Crew(device, distributed.get_rank(), distributed.get_world_size())


def is_first() -> bool:
    """Whether this process writes and prints; asked before there is a device."""
    return int(os.environ.get("RANK", "0")) == 0 or not distributed.is_torchelastic_launched()


def _bytes(text: str) -> Tensor:
    return torch.tensor(list(text.encode()), dtype=torch.uint8)
