"""One optimizer step: the gradient of a batch, accumulated in parts if memory is short, and the update."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from seep.engine.device import CompiledFunction, computes_bfloat16, out_of_memory
from seep.engine.distributed import DistributedContext
from seep.engine.training.losses.combined import total_loss
from seep.engine.training.schedule import TrainConfig
from seep.engine.training.sources import Batch
from seep.engine.training.state import TrainingState
from seep.engine.unet import Outputs, UNet
from seep.errors import LossError, TrainingError

MAX_GRADIENT = 5.0

Event = dict[str, Any]


class Learner:
    """Runs the optimizer steps of a training; a step changes its `TrainingState` only."""

    def __init__(
        self,
        state: TrainingState,
        weights: Tensor,
        config: TrainConfig,
        context: DistributedContext,
        on_event: Callable[[Event], None],
        *,
        compiled: bool,
    ) -> None:
        """Prepare the network.

        Args:
            state: state of the training, changed by every step.
            weights: class weights, on the device.
            context: context of the distributed processes.
            on_event: called when memory is short, or the network cannot be compiled.
            compiled: run the network through `torch.compile`.
        """
        self.state, self.weights, self.config, self.context = state, weights, config, context
        self.on_event = on_event
        self._buffers = [*state.model.buffers()]
        self._before = [buffer.clone() for buffer in self._buffers]
        tensors = (model.state_dict().values() for model in (state.average, state.model))
        pairs = [*zip(*tensors, strict=True)]
        self._followed = _columns(pair for pair in pairs if pair[0].is_floating_point())
        self._counters = _columns(pair for pair in pairs if not pair[0].is_floating_point())
        self._is_half = config.precision == "auto" and computes_bfloat16(context.device)
        set_training(state.model, frozen_norm=config.freeze_batch_norm)
        self._plain = context.wrap(_AllOutputs(state.model))
        self._network: Callable[[Tensor], Outputs] = self._plain
        if compiled:
            mode = "reduce-overhead" if context.world_size == 1 else None
            self._network = CompiledFunction[Outputs](self._plain, self._log, mode=mode)

    def training_step(self, batch: Batch, rate: float) -> float:
        """Run one optimizer step.

        Args:
            batch: augmented crops, on the device.

        Returns:
            The loss.

        Raises:
            LossError: the loss or gradient is not finite; the state is unchanged.
            TrainingError: a single crop does not fit in memory; the state is unchanged.
        """
        state = self.state
        for group in state.optimizer.param_groups:
            group["lr"] = rate
        loss = self._compute_gradient(batch)
        norm = nn.utils.clip_grad_norm_(state.model.parameters(), MAX_GRADIENT)
        value, length = torch.stack((self.context.all_reduce_mean(loss), norm.to(loss.dtype))).tolist()
        if not (math.isfinite(value) and math.isfinite(length)):
            self._restore_batch_norm()
            raise LossError(self._failure_message(batch, value, length))
        state.optimizer.step()
        self._update_average(min(self.config.ema_decay, (1 + state.step) / (10 + state.step)))
        state.step += 1
        state.epoch_loss += value
        return float(value)

    def _compute_gradient(self, batch: Batch) -> Tensor:
        """Compute the gradient of the batch; return its loss.

        If memory is short, gradients are accumulated over parts of the batch: its size stays, but Dice and batch
        norm are computed per part.
        """
        if self._buffers:
            torch._foreach_copy_(self._before, self._buffers)
        while True:
            self.state.optimizer.zero_grad(set_to_none=True)
            try:
                return self._gradient(batch)
            except (RuntimeError, MemoryError) as error:
                if not out_of_memory(error):
                    raise
                self._restore_batch_norm()
                self._halve(batch)
            if self.context.device.type == "cuda":
                torch.cuda.empty_cache()

    def _gradient(self, batch: Batch) -> Tensor:
        size = -(-len(batch.images) // self.state.parts)
        tensors = (torch.split(one, size) for one in (batch.images, batch.masks))
        parts = [*zip(*tensors, strict=True)]
        total = torch.zeros((), device=self.context.device)
        for number, (images, masks) in enumerate(parts, 1):
            alone = self.context.world_size > 1 and number < len(parts)
            with self._plain.no_sync() if alone else contextlib.nullcontext():  # type: ignore[operator]
                replayed = min(max(batch.replayed - (number - 1) * size, 0), len(images))
                loss = self._loss(images, masks, replayed) * (len(images) / len(batch.images))
                loss.backward()  # type: ignore[no-untyped-call]
            total += loss.detach()
        return total

    def _loss(self, images: Tensor, masks: Tensor, replayed: int) -> Tensor:
        images = images.contiguous(memory_format=torch.channels_last)
        with torch.autocast(images.device.type, torch.bfloat16, enabled=self._is_half):
            outputs = self._outputs(images)
        if not self.config.loss_by_source or not 0 < replayed < len(images):
            return self._total_loss(outputs, masks)
        counts = [replayed, len(images) - replayed]
        parts = zip(split_outputs(outputs, counts), torch.split(masks, counts), strict=True)
        losses = [self._total_loss(*part) * (len(part[1]) / len(images)) for part in parts]
        return torch.stack(losses).sum()

    def _total_loss(self, outputs: Outputs, masks: Tensor) -> Tensor:
        return total_loss(
            outputs,
            masks,
            self.weights,
            self.config.loss,
            heads=self.state.model.config.heads,
            only_images_with_seep=self.config.segment_only_held,
        )

    def _outputs(self, images: Tensor) -> Outputs:
        if self.state.parts > 1:
            # CUDA graphs overwrite the gradients of the previous part before they are accumulated:
            # https://github.com/pytorch/pytorch/issues/169545. They also hold memory that is needed.
            self._network = self._plain
        return self._network(images)

    def _log(self, text: str) -> None:
        self.on_event({"kind": "log", "text": text})

    def _halve(self, batch: Batch) -> None:
        size = -(-len(batch.images) // self.state.parts)
        side = batch.images.shape[-1]
        if size == 1:
            raise TrainingError(
                f"A single crop of {side} px does not fit the memory. Use smaller crops or a smaller network."
            )
        if self.context.world_size > 1:
            raise TrainingError(
                f"{size} crops of {side} px do not fit the memory of each process. Use smaller batches."
            )
        self.state.parts *= 2
        half = -(-len(batch.images) // self.state.parts)
        text = (
            f"Out of memory: batches of {len(batch.images)} crops are split into parts of {half} from now on."
        )
        self.on_event({"kind": "memory", "halved_to": half, "text": text})

    def _restore_batch_norm(self) -> None:
        """Restore the statistics of batch norm from before the forward pass."""
        if self._buffers:
            torch._foreach_copy_(self._buffers, self._before)

    def _failure_message(self, batch: Batch, loss: float, norm: float) -> str:
        what = f"the loss is {loss}" if not math.isfinite(loss) else f"the gradient is {norm}"
        return (
            f"{what} at step {self.state.step + 1}, with crops of {', '.join(self._failing_tiles(batch))}: "
            "lower the learning rate or leave these tiles out"
        )

    @torch.no_grad()
    def _failing_tiles(self, batch: Batch) -> list[str]:
        """Return the tiles of crops with logits that are not finite; all tiles of the batch if there are none."""
        model = self.state.model.eval()
        fine = [bool(model(image[None]).isfinite().all()) for image in batch.images]
        bad = {name for name, good in zip(batch.names, fine, strict=True) if not good}
        return sorted(bad or {*batch.names})

    @torch.no_grad()
    def _update_average(self, decay: float) -> None:
        """Update the moving average of the weights; integer counters are copied."""
        torch._foreach_lerp_(*self._followed, 1 - decay)
        if self._counters[0]:
            torch._foreach_copy_(*self._counters)


class _AllOutputs(nn.Module):
    """A network whose forward pass returns all outputs that the loss needs."""

    def __init__(self, model: UNet) -> None:
        super().__init__()
        self.model = model

    def forward(self, images: Tensor) -> Outputs:
        """See `UNet.outputs`."""
        return self.model.outputs(images)


def split_outputs(outputs: Outputs, counts: list[int]) -> list[Outputs]:
    """Split the outputs of a batch into those of consecutive crops."""
    logits = torch.split(outputs.logits, counts)
    deeper = [torch.split(one, counts) for one in outputs.deeper]
    image = [None] * len(counts) if outputs.image is None else [*torch.split(outputs.image, counts)]
    return [Outputs(logits[n], [one[n] for one in deeper], image[n]) for n in range(len(counts))]


def _columns(pairs: Iterable[tuple[Tensor, Tensor]]) -> tuple[list[Tensor], list[Tensor]]:
    found = [*pairs]
    return [one for one, _ in found], [other for _, other in found]


def set_training(model: UNet, *, frozen_norm: bool) -> None:
    """Put a network into training mode, except its batch norm if that is frozen."""
    model.train()
    if frozen_norm:
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
