import pytest
import torch

from seep.engine.training.schedule import TrainConfig
from seep.engine.training.state import identity_of, new_state, restore_state, save_state
from seep.errors import CheckpointError

CPU = torch.device("cpu")


@pytest.fixture
def state(checkpoint):
    """A state after one step, with a best epoch."""
    made = new_state(checkpoint, "this training", TrainConfig(), CPU)
    made.model.train()
    made.model(torch.randn(2, 2, 16, 16)).square().mean().backward()
    made.optimizer.step()
    made.step, made.epoch_loss, made.best_score, made.best_epoch, made.best_threshold = 9, 1.25, 0.5, 2, 0.4
    made.best = {name: tensor + 1 for name, tensor in made.average.state_dict().items()}
    return made


def fresh(checkpoint, identity="this training"):
    return new_state(checkpoint, identity, TrainConfig(), CPU)


def test_everything_comes_back(tmp_path, checkpoint, state):
    save_state(tmp_path / "state", state)
    found = fresh(checkpoint)
    assert restore_state(tmp_path / "state", found)
    assert (found.step, found.epoch_loss, found.best_score) == (9, 1.25, 0.5)
    assert (found.best_epoch, found.best_threshold) == (2, 0.4)
    for ours, theirs in ((found.model, state.model), (found.average, state.average)):
        assert all(torch.equal(t, theirs.state_dict()[n]) for n, t in ours.state_dict().items())
    assert all(torch.equal(t, state.best[n]) for n, t in found.best.items())
    moments, expected = found.optimizer.state_dict()["state"], state.optimizer.state_dict()["state"]
    assert moments.keys() == expected.keys()
    assert all(torch.equal(moments[k]["exp_avg"], expected[k]["exp_avg"]) for k in expected)
    assert all(torch.equal(moments[k]["step"], expected[k]["step"]) for k in expected)


def test_a_state_of_another_training_is_left_alone(tmp_path, checkpoint, state):
    save_state(tmp_path / "state", state)
    found = fresh(checkpoint, "that training")
    assert not restore_state(tmp_path / "state", found)
    assert found.step == 0


def test_without_a_file_nothing_happens(tmp_path, checkpoint):
    assert not restore_state(tmp_path / "state", fresh(checkpoint))


def test_a_state_that_cannot_be_written_says_so(tmp_path, state):
    (tmp_path / "file").write_text("")
    with pytest.raises(CheckpointError, match="cannot be written"):
        save_state(tmp_path / "file" / "state", state)


def test_identity_follows_configuration_data_and_weights(checkpoint, make_tile):
    def identity(tiles, **changes):
        return identity_of(checkpoint, tiles, TrainConfig(**changes))

    known = identity([make_tile(0)])
    assert known == identity([make_tile(0)])
    assert known != identity([make_tile(1)])
    assert known != identity([make_tile(0, corrected=False)])
    assert known != identity([make_tile(0)], epochs=3)
    with torch.no_grad():
        checkpoint.model.seep_head.bias += 1
    assert known != identity([make_tile(0)])
