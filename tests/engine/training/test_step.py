"""What a single step does when something is wrong with it; the rest is in test_train."""

import dataclasses

import numpy as np
import pytest
import torch

from seep.engine.device import out_of_memory
from seep.engine.distributed import DistributedContext
from seep.engine.training import step as module
from seep.engine.training.losses.combined import total_loss
from seep.engine.training.schedule import TrainConfig
from seep.engine.training.sources import create_crop_loader
from seep.engine.training.state import new_state
from seep.engine.training.step import Learner
from seep.errors import TrainingError

CPU = torch.device("cpu")
CONFIG = TrainConfig(batch_size=4, crop_px=32)


@pytest.fixture
def tiles(make_tile):
    return [make_tile(0), make_tile(1, class_id=2)]


def learner(checkpoint, config=CONFIG, *, events=None, compiled=False) -> Learner:
    state = new_state(checkpoint, "", config, CPU)
    see = (events if events is not None else []).append
    return Learner(state, torch.ones(3), config, DistributedContext(CPU), see, compiled=compiled)


def test_a_compiled_network_learns_the_same(monkeypatch, checkpoint, tiles):
    compile_function = torch.compile

    def capture(function, *, mode, dynamic):  # captured as on a GPU, without a compiler
        assert mode == "reduce-overhead"
        return compile_function(function, backend="eager", dynamic=dynamic)

    monkeypatch.setattr(torch, "compile", capture)
    events = []
    plain, compiled = learner(checkpoint), learner(checkpoint, events=events, compiled=True)
    for step in range(2):
        batch = create_crop_loader(CPU, tiles, CONFIG).batch(step)
        assert compiled.training_step(batch, 1e-3) == pytest.approx(
            plain.training_step(batch, 1e-3), rel=1e-5
        )
    assert not events


@pytest.mark.parametrize(
    ("case", "expected"),
    [
        ((True, "auto"), torch.bfloat16),
        ((True, "float32"), torch.float32),
        ((False, "auto"), torch.float32),
    ],
)
def test_convolutions_are_in_bfloat16_where_the_processor_computes_it(
    monkeypatch, checkpoint, tiles, case, expected
):
    capable, precision = case
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": capable})
    config = dataclasses.replace(CONFIG, precision=precision)
    own, seen = learner(checkpoint, config), set()
    convolutions = [one for one in own.state.model.modules() if isinstance(one, torch.nn.Conv2d)]
    for one in convolutions:
        one.register_forward_hook(lambda _, __, output: seen.add(output.dtype))
    before = [tensor.clone() for tensor in own.state.model.parameters()]
    assert np.isfinite(own.training_step(create_crop_loader(CPU, tiles, config).batch(0), 1e-3))
    assert seen == {expected}
    after = [*own.state.model.parameters()]
    assert {tensor.dtype for tensor in after} == {torch.float32}
    assert any(not torch.equal(*pair) for pair in zip(before, after, strict=True))


def test_batches_in_parts_go_without_a_compiled_network(monkeypatch, checkpoint, tiles):
    def compile_for_whole_batches(network, **_):
        def run(images):
            assert len(images) == CONFIG.batch_size
            return network(images)

        return run

    monkeypatch.setattr(torch, "compile", compile_for_whole_batches)
    own, batch = learner(checkpoint, compiled=True), create_crop_loader(CPU, tiles, CONFIG).batch(0)
    own.training_step(batch, 1e-3)
    own.state.parts = 2
    own.training_step(batch, 1e-3)
    assert own.state.step == 2


def test_a_network_that_cannot_be_compiled_learns_without(monkeypatch, checkpoint, tiles):
    def compile_badly(network, **_):
        def run(_):
            raise RuntimeError("no compiler was found")

        return run

    monkeypatch.setattr(torch, "compile", compile_badly)
    events, batch = [], create_crop_loader(CPU, tiles, CONFIG).batch(0)
    found = learner(checkpoint, events=events, compiled=True).training_step(batch, 1e-3)
    assert found == learner(checkpoint).training_step(batch, 1e-3)
    assert [event["text"] for event in events] == [
        "torch.compile failed (no compiler was found). Running without it."
    ]


def test_the_tile_that_breaks_a_step_is_named_and_the_state_is_as_before(checkpoint, tiles):
    own = learner(checkpoint)
    before = {name: tensor.clone() for name, tensor in own.state.model.state_dict().items()}
    batch = create_crop_loader(CPU, tiles, CONFIG).batch(0)
    batch.images[2, 0, 5, 5] = torch.inf
    with pytest.raises(TrainingError, match=f"step 1, with crops of {batch.names[2]}: lower"):
        own.training_step(batch, 1e-3)
    assert all(torch.equal(tensor, before[name]) for name, tensor in own.state.model.state_dict().items())
    assert own.state.step == 0


def test_a_gradient_that_is_not_finite_is_told_apart(monkeypatch, checkpoint, tiles):
    loss = total_loss

    def steep(outputs, *args, **settings):
        return loss(outputs, *args, **settings) + 0 * torch.sqrt(outputs.logits.sum() * 0)

    monkeypatch.setattr(module, "total_loss", steep)
    with pytest.raises(TrainingError, match="the gradient is nan at step 1"):
        learner(checkpoint).training_step(create_crop_loader(CPU, tiles, CONFIG).batch(0), 1e-3)


def test_parts_of_a_batch_add_up_to_its_gradient(checkpoint, tiles):
    """By a loss that is a mean over pixels of crops without nodata, with statistics that stay as they are."""
    config = dataclasses.replace(CONFIG, loss={"cross_entropy": 1.0}, freeze_batch_norm=True)
    whole = [
        dataclasses.replace(tile, nodata=None, image=np.maximum(tile.image, 1).astype(np.float32))
        for tile in tiles
    ]
    batch, losses, weights = create_crop_loader(CPU, whole, config).batch(0), [], []
    for parts in (1, 2, 4):
        own = learner(checkpoint, config)
        own.state.parts = parts
        losses.append(own.training_step(batch, 1e-3))
        weights.append(own.state.model.get_parameter("down.0.conv1.weight").detach())
    assert losses == pytest.approx([losses[0]] * 3, rel=1e-5)
    for other in weights[1:]:
        torch.testing.assert_close(other, weights[0], atol=1e-5, rtol=1e-3)


def test_memory_too_short_for_one_crop_is_told(monkeypatch, checkpoint, tiles):
    def never(*_, **__):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(module, "total_loss", never)
    events = []
    with pytest.raises(
        TrainingError, match=r"single crop of 32 px does not fit the memory\. Use smaller crops"
    ):
        learner(checkpoint, events=events).training_step(
            create_crop_loader(CPU, tiles, CONFIG).batch(0), 1e-3
        )
    assert [event["halved_to"] for event in events] == [2, 1]


@pytest.mark.parametrize(
    ("error", "is_memory"),
    [
        (torch.OutOfMemoryError("CUDA out of memory"), True),
        (MemoryError(), True),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory"), True),
        (RuntimeError("shapes do not fit"), False),
    ],
)
def test_a_lack_of_memory_is_told_from_other_errors(error, is_memory):
    assert out_of_memory(error) is is_memory


def test_other_errors_are_raised_as_they_are(monkeypatch, checkpoint, tiles):
    def broken(*_, **__):
        raise RuntimeError("shapes do not fit")

    monkeypatch.setattr(module, "total_loss", broken)
    with pytest.raises(RuntimeError, match="shapes"):
        learner(checkpoint).training_step(create_crop_loader(CPU, tiles, CONFIG).batch(0), 1e-3)


def test_losses_by_source_are_those_of_the_parts(checkpoint, tiles):
    replayed = dataclasses.replace(tiles[1], corrected=False)
    config = dataclasses.replace(CONFIG, loss_by_source=True, precision="float32")
    batch = create_crop_loader(CPU, [tiles[0], replayed], config).batch(0)
    assert batch.replayed == 2

    def loss(images, masks, count, config=config):
        return learner(checkpoint, config).training_step(
            batch._replace(images=images, masks=masks, replayed=count), 1e-3
        )

    # Batch norm is frozen, so that parts do not change the outputs.
    frozen = dataclasses.replace(config, freeze_batch_norm=True)
    whole = loss(batch.images, batch.masks, 2, frozen)
    halves = [loss(batch.images[rows], batch.masks[rows], 0, frozen) for rows in (slice(2), slice(2, 4))]
    assert whole == pytest.approx(sum(halves) / 2, rel=1e-5)
    together = loss(batch.images, batch.masks, 2, dataclasses.replace(frozen, loss_by_source=False))
    assert whole != pytest.approx(together, rel=1e-4)
