import json
import struct

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from seep.core.masks.classes import MAX_CLASSES
from seep.core.masks.slick_features import FEATURES
from seep.core.metrics.model_metrics import metrics_by_split
from seep.engine.checkpoint import (
    NORMALIZATION,
    adapt,
    load_checkpoint,
    new_checkpoint,
    save_checkpoint,
    write_atomically,
    write_card,
)
from seep.engine.slick_classes import HEAD_PREFIX
from seep.engine.slick_head import EXAMPLE_ARRAYS, SlickExamples, SlickHead
from seep.engine.unet import UNetConfig
from seep.errors import CheckpointError


@pytest.fixture
def path(tmp_path):
    return tmp_path / "one.safetensors"


def save_with(path, checkpoint, tensors=None, **card):
    """A checkpoint file with some tensors or card entries replaced."""
    save_file(
        dict(checkpoint.model.state_dict()) | (tensors or {}),
        path,
        metadata={"card": json.dumps(checkpoint.card | card)},
    )


def test_weights_and_card_come_back_exactly(path, checkpoint):
    checkpoint.card["figures"] = {"binary_iou": 0.5}
    digest = save_checkpoint(path, checkpoint)
    loaded = load_checkpoint(path, digest)
    assert loaded.card == checkpoint.card
    assert not loaded.model.training
    for name, tensor in checkpoint.model.state_dict().items():
        assert torch.equal(tensor, loaded.model.state_dict()[name])


def test_the_same_checkpoint_has_the_same_hash(path, checkpoint):
    assert save_checkpoint(path, checkpoint) == save_checkpoint(path.with_name("two"), checkpoint)


def test_a_loaded_model_can_be_trained(path, checkpoint):
    save_checkpoint(path, checkpoint)
    model = load_checkpoint(path).model
    model(torch.randn(1, 2, 16, 16)).sum().backward()
    assert all(p.grad is not None for p in model.parameters())


def test_new_weights_depend_on_the_seed_alone():
    config = UNetConfig(levels=1, width=4)
    one, two, three = (new_checkpoint(config, seed).model.seep_head.weight for seed in (1, 1, 2))
    assert torch.equal(one, two)
    assert not torch.equal(one, three)


def test_a_missing_file_is_refused(path):
    with pytest.raises(CheckpointError, match="There is no checkpoint"):
        load_checkpoint(path)


def test_a_folder_is_refused(tmp_path):
    with pytest.raises(CheckpointError, match="cannot be read"):
        load_checkpoint(tmp_path)


@pytest.mark.parametrize(
    "data",
    [b"", b"II*\x00", b"\x80\x04pickle", struct.pack("<Q", 2**60), struct.pack("<Q", 5) + b"hello"],
)
def test_other_files_are_refused(path, data):
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match=r"one\.safetensors is not a safetensors file"):
        load_checkpoint(path)


@pytest.mark.parametrize("header", [b"[]", b"{}", b'{"__metadata__": {"card": "[]"}}', b"[" * 5000])
def test_headers_without_a_card_are_refused(path, header):
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    with pytest.raises(CheckpointError):
        load_checkpoint(path)


def test_a_truncated_file_is_refused(path, checkpoint):
    save_checkpoint(path, checkpoint)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match="is damaged"):
        load_checkpoint(path)


def test_one_flipped_bit_is_noticed_by_the_hash(path, checkpoint):
    digest = save_checkpoint(path, checkpoint)
    data = bytearray(path.read_bytes())
    data[-1000] ^= 1
    path.write_bytes(data)
    with pytest.raises(CheckpointError, match="SHA-256"):
        load_checkpoint(path, digest)


def test_foreign_tensors_are_refused(path):
    save_file({"weight": torch.zeros(3)}, path)
    with pytest.raises(CheckpointError, match="no usable card"):
        load_checkpoint(path)


def test_missing_or_added_tensors_are_refused(path, checkpoint):
    save_with(path, checkpoint, {"extra": torch.zeros(1)})
    with pytest.raises(CheckpointError, match="extra"):
        load_checkpoint(path)


@pytest.mark.parametrize("wrong", [torch.zeros(3, 4, 1, 1), torch.zeros(1, 4, 1, 1, dtype=torch.float16)])
def test_wrong_shapes_and_types_are_refused(path, checkpoint, wrong):
    save_with(path, checkpoint, {"seep_head.weight": wrong})
    with pytest.raises(CheckpointError, match=r"holds seep_head\.weight as"):
        load_checkpoint(path)


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_weights_that_are_not_finite_are_refused(path, checkpoint, value):
    save_with(path, checkpoint, {"seep_head.weight": torch.full((1, 4, 1, 1), value)})
    with pytest.raises(CheckpointError, match=r"not finite in seep_head\.weight"):
        load_checkpoint(path)


@pytest.mark.parametrize(
    "card",
    [
        {"architecture": {"bands": 1, "classes": 3, "levels": 2, "width": 10**9}},
        {"architecture": {"bands": 1, "classes": 3, "levels": 2, "depth": 4}},
        {"architecture": None},
        {"architecture": {"width": "16"}},
        {"normalization": "mean-and-deviation"},
        {"threshold": 1.5},
        {"threshold": None},
        {"temperature": 0},
        {"least_px": "many"},
        {"class_offsets": [1.0]},
        {"image_threshold": 0.5},
    ],
)
def test_absurd_cards_are_refused(path, checkpoint, card):
    save_with(path, checkpoint, **card)
    with pytest.raises(CheckpointError, match=r"one\.safetensors"):
        load_checkpoint(path)


def test_a_card_in_the_spelling_before_version_0_2_loads(path, checkpoint):
    card = dict(checkpoint.card)
    card["normalisation"] = card.pop("normalization")
    save_file(dict(checkpoint.model.state_dict()), path, metadata={"card": json.dumps(card)})
    loaded = load_checkpoint(path)
    assert loaded.card["normalization"] == NORMALIZATION
    assert "normalisation" not in loaded.card


def test_a_card_with_the_test_split_of_version_0_1_loads(path, checkpoint):
    figures = {"binary_iou": 0.5, "per_scene": {"locked": {"matrix": [[3, 0], [0, 1]]}}}
    save_with(path, checkpoint, splits={"locked": ["a"], "train": ["b"]}, figures={"locked": figures})
    loaded = load_checkpoint(path)
    assert loaded.card["splits"] == {"test": ["a"], "train": ["b"]}
    assert loaded.card["figures"] == {"test": figures}
    assert list(metrics_by_split(loaded.card["figures"])) == ["test"]


def test_what_a_card_decides_comes_back(path, checkpoint):
    save_with(path, checkpoint, temperature=1.5, least_px=12, class_offsets=[0.5, -0.5])
    decision = load_checkpoint(path).decision
    assert (decision.temperature, decision.least_px, decision.class_offsets) == (1.5, 12, (0.5, -0.5))
    assert decision.threshold == checkpoint.threshold


def test_offsets_of_classes_do_not_outlive_the_classes(checkpoint):
    checkpoint.card.update(temperature=1.5, class_offsets=[0.5, -0.5])
    assert adapt(checkpoint, 3).decision.class_offsets == (0.5, -0.5)
    other = adapt(checkpoint, 6).decision
    assert (other.class_offsets, other.temperature) == ((), 1.5)


def test_adapting_to_other_classes_keeps_the_trunk(checkpoint):
    wide = adapt(checkpoint, 6)
    assert wide.model.config.classes == 6
    assert wide.card["classes"]["count"] == 6
    image = torch.randn(1, 2, 16, 16)
    with torch.no_grad():
        old, new = checkpoint.model(image), wide.model(image)
    torch.testing.assert_close(new[:, 0], old[:, 0])
    assert new.shape[1] == 6
    assert checkpoint.card["classes"]["count"] == 3


def test_a_checkpoint_is_adapted_to_as_many_classes_as_a_workspace_may_have_and_no_more(checkpoint):
    assert adapt(checkpoint, MAX_CLASSES).model.config.classes == MAX_CLASSES
    with pytest.raises(CheckpointError, match="classes is 255: it must be a whole number 2 to 254"):
        adapt(checkpoint, MAX_CLASSES + 1)


@pytest.mark.parametrize("classes", [3, 6])
def test_examples_of_a_slick_head_keep_their_class_only_with_the_same_classes(checkpoint, classes):
    head = SlickHead()
    row = np.ones(2, np.int64)
    head.examples = SlickExamples(
        np.zeros((2, len(FEATURES)), np.float32), row, np.full(2, 9.0), np.full(2, 9.0), row
    )
    headed = checkpoint.with_slick_head(head, 0.4)
    kept = adapt(headed, classes).slick_head.examples
    assert kept.class_id.tolist() == ([1, 1] if classes == 3 else [0, 0])
    assert kept.true_px.tolist() == [9, 9]
    assert headed.slick_head.examples.class_id.tolist() == [1, 1]


def test_adapting_to_the_same_classes_is_a_copy(checkpoint):
    same = adapt(checkpoint, 3)
    image = torch.randn(1, 2, 16, 16)
    with torch.no_grad():
        torch.testing.assert_close(same.model(image), checkpoint.model(image))
        same.model.seep_head.weight.zero_()
    assert checkpoint.model.seep_head.weight.abs().sum() > 0


def test_the_card_is_readable_beside_the_weights(tmp_path, checkpoint):
    write_card(tmp_path / "one.json", checkpoint.card)
    assert json.loads((tmp_path / "one.json").read_text()) == checkpoint.card


def test_a_failed_write_leaves_the_old_file(path, monkeypatch):
    path.write_bytes(b"old")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(CheckpointError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert [one.name for one in path.parent.iterdir()] == ["one.safetensors"]


@pytest.fixture
def with_head(checkpoint):
    torch.manual_seed(0)
    return checkpoint.with_slick_head(SlickHead(), 0.45)


def test_a_slick_head_comes_back_exactly(path, checkpoint, with_head):
    assert checkpoint.slick_filter is None
    save_checkpoint(path, with_head)
    loaded = load_checkpoint(path)
    assert loaded.card == with_head.card
    assert loaded.slick_filter.threshold == 0.45
    features = np.random.default_rng(0).normal(size=(9, len(FEATURES))).astype(np.float32)
    np.testing.assert_array_equal(
        loaded.slick_head.probabilities(features), with_head.slick_head.probabilities(features)
    )
    for name, tensor in checkpoint.model.state_dict().items():
        assert torch.equal(tensor, loaded.model.state_dict()[name])
    assert all(torch.isfinite(one).all() for one in loaded.model.parameters())


@pytest.mark.parametrize("count", [0, 3])
def test_the_examples_of_a_slick_head_come_back_exactly(path, checkpoint, count):
    head = SlickHead()
    numbers = np.arange(count)
    features = np.random.default_rng(0).normal(size=(count, len(FEATURES))).astype(np.float32)
    head.examples = SlickExamples(features, numbers + 2**62, numbers + 9.0, numbers * 3.0, numbers % 2)
    save_checkpoint(path, checkpoint.with_slick_head(head, 0.45))
    loaded = load_checkpoint(path)
    assert loaded.card["slick_head"]["examples"] == count
    for name in EXAMPLE_ARRAYS:
        np.testing.assert_array_equal(
            getattr(loaded.slick_head.examples, name), getattr(head.examples, name), strict=True
        )
    save_checkpoint(path, checkpoint.with_slick_head(SlickHead(), 0.45))
    assert load_checkpoint(path).slick_head.examples is None


def test_the_classes_of_a_slick_head_come_back_and_go_with_other_classes(path, checkpoint):
    classes = checkpoint.model.config.classes - 1
    features = np.random.default_rng(0).normal(size=(9, len(FEATURES))).astype(np.float32)
    made = checkpoint.with_slick_head(SlickHead(classes=classes), 0.45)
    save_checkpoint(path, made)
    loaded = load_checkpoint(path)
    assert loaded.card["slick_head"]["classes"] == classes
    np.testing.assert_array_equal(
        loaded.slick_head.class_probabilities(features), made.slick_head.class_probabilities(features)
    )
    other = adapt(loaded, classes + 3)
    assert other.slick_head.classes == 0
    assert "classes" not in other.card["slick_head"]
    np.testing.assert_array_equal(
        other.slick_head.probabilities(features), made.slick_head.probabilities(features)
    )
    assert adapt(loaded, classes + 1).slick_head.classes == classes == loaded.slick_head.classes
    save_checkpoint(path, other)
    assert load_checkpoint(path).slick_head.classes == 0


def test_a_slick_head_stays_with_other_classes(with_head):
    features = np.random.default_rng(0).normal(size=(4, len(FEATURES))).astype(np.float32)
    np.testing.assert_array_equal(
        adapt(with_head, 5).slick_head.probabilities(features), with_head.slick_head.probabilities(features)
    )
    assert adapt(with_head, 5).slick_filter.threshold == 0.45


@pytest.mark.parametrize(
    ("facts", "problem"),
    [
        ({"threshold": 1.5, "features": list(FEATURES)}, r"threshold 1\.5"),
        ({"threshold": "0.5", "features": list(FEATURES)}, "threshold '0.5'"),
        ({"features": list(FEATURES)}, "threshold None"),
        ({"threshold": 0.5, "features": ["area"]}, "other features"),
        ("yes", "threshold None"),
        ({"threshold": 0.5, "features": list(FEATURES), "examples": 20_001}, "20001 examples"),
        ({"threshold": 0.5, "features": list(FEATURES), "examples": True}, "True examples"),
        ({"threshold": 0.5, "features": list(FEATURES), "classes": 99}, "99 seep classes"),
        ({"threshold": 0.5, "features": list(FEATURES), "classes": 1.0}, r"1\.0 seep classes"),
        ({"threshold": 0.5, "features": list(FEATURES), "examples": 2}, "differs in slick_examples"),
    ],
)
def test_a_card_with_a_wrong_slick_head_is_refused(path, with_head, facts, problem):
    tensors = {HEAD_PREFIX + name: one for name, one in with_head.slick_head.state_dict().items()}
    save_with(path, with_head, tensors, slick_head=facts)
    with pytest.raises(CheckpointError, match=problem):
        load_checkpoint(path)


def test_tensors_of_a_slick_head_are_checked_like_others(path, checkpoint, with_head):
    tensors = {HEAD_PREFIX + name: one for name, one in with_head.slick_head.state_dict().items()}
    save_with(path, with_head)  # the card says that there is one
    with pytest.raises(CheckpointError, match=r"differs in slick_head\.biases"):
        load_checkpoint(path)
    save_with(path, checkpoint, tensors)  # the card does not
    with pytest.raises(CheckpointError, match=r"differs in slick_head\.biases"):
        load_checkpoint(path)
    save_with(path, with_head, tensors | {"slick_head.mean": torch.full((len(FEATURES),), torch.nan)})
    with pytest.raises(CheckpointError, match=r"not finite in slick_head\.mean"):
        load_checkpoint(path)
