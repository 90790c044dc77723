"""Checkpoints: weights and a card in one safetensors file.

Nothing is unpickled. Loading checks the hash (if it is known), the names, shapes and dtypes of the tensors, and that
every number is finite, because neither torch nor safetensors detects corrupted data.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load as parse_safetensors
from safetensors.torch import save as format_safetensors

from seep.core.files import write_atomic
from seep.core.masks.slick_features import FEATURES
from seep.core.model_card import card_in_header, read_header
from seep.core.text import number
from seep.engine.decision import DEFAULT_THRESHOLD, Decision
from seep.engine.scale_rule import ScaleRule
from seep.engine.slick_classes import HEAD_PREFIX
from seep.engine.slick_filter import SlickFilter
from seep.engine.slick_head import EXAMPLE_ARRAYS, MAX_EXAMPLES, SlickExamples, SlickHead
from seep.engine.unet import UNet, UNetConfig
from seep.errors import CheckpointError, StorageError

NORMALIZATION = "scene-robust-1"
"""Name of the normalization in `seep.core.image.normalize`; a network needs the one it was trained with."""

EXAMPLES_PREFIX = "slick_examples."
"""Begins the names of the tensors of the slicks that a slick head was trained on."""

MAX_FILE_BYTES = 1_000_000_000

Card = dict[str, Any]


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A network and its card.

    Attributes:
        model: the network, on the CPU, float32.
        card: JSON values: name, architecture, normalization, threshold, flips, classes, parent, created, data, splits,
            figures, training, limits. Optional: temperature, least_px, class_offsets, image_threshold, wide_radius_px,
            dark_area_depth; see `Decision`. scales, scales_above_grain; see `ScaleRule`.
            With a slick head also slick_head: its threshold, the names of its features, and the numbers of its examples
            and of the seep classes that it predicts.
        slick_head: separates predicted slicks from look-alikes; None in most checkpoints.
    """

    model: UNet
    card: Card
    slick_head: SlickHead | None = None

    @property
    def threshold(self) -> float:
        """Minimum probability of a seep pixel, 0..1."""
        return self.decision.threshold

    @property
    def decision(self) -> Decision:
        """How probabilities become a mask.

        Raises:
            CheckpointError: a value of the card is invalid; cards of loaded checkpoints are already checked.
        """
        try:
            return Decision.from_card(self.card, self.model.config)
        except ValueError as error:
            raise CheckpointError(f"the checkpoint {self.card.get('name')} has {error}") from error

    @property
    def slick_filter(self) -> SlickFilter | None:
        """The slick head with its threshold; None without a head."""
        if self.slick_head is None:
            return None
        return SlickFilter(self.slick_head, _head_threshold(self.card))

    def with_slick_head(self, head: SlickHead, threshold: float) -> Checkpoint:
        """Return the same network with a slick head.

        Args:
            head: see `seep.engine.slick_head.train_slick_head`.
            threshold: slicks with a lower probability are look-alikes, between 0 and 1.
        """
        facts = {"threshold": threshold, "features": list(FEATURES)}
        if head.examples is not None:
            facts |= {"examples": len(head.examples)}
        if head.classes:
            facts |= {"classes": head.classes}
        return replace(self, card=self.card | {"slick_head": facts}, slick_head=head)

    @property
    def flips(self) -> bool:
        """Whether a prediction is the average over four flips of the image."""
        return bool(self.card.get("flips", False))


def new_card(name: str, config: UNetConfig) -> Card:
    """Return the card of an untrained network; it has every key, and unknown values are None or empty."""
    names = ["Background", *(f"Seep class {number}" for number in range(1, config.classes))]
    return {
        "name": name,
        "architecture": config.to_dict(),
        "normalization": NORMALIZATION,
        "threshold": DEFAULT_THRESHOLD,
        "flips": True,
        "classes": {"count": config.classes, "names": names},
        "parent": None,
        "created": None,
        "data": None,
        "splits": {},
        "figures": {},
        "training": {},
        "limits": None,
    }


def new_checkpoint(config: UNetConfig, seed: int, name: str = "") -> Checkpoint:
    """Return a network with random weights; the same seed gives the same weights."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return Checkpoint(UNet(config).eval(), new_card(name, config))


def save_checkpoint(path: Path, checkpoint: Checkpoint) -> str:
    """Write weights and card to one safetensors file, atomically.

    Returns:
        SHA-256 of the file, hexadecimal.

    Raises:
        CheckpointError: the file cannot be written (disk full, no permission).
    """
    tensors = dict(checkpoint.model.state_dict())
    if checkpoint.slick_head is not None:
        tensors |= {HEAD_PREFIX + name: one for name, one in checkpoint.slick_head.state_dict().items()}
        tensors |= _example_tensors(checkpoint.slick_head.examples)
    tensors = {name: tensor.cpu().contiguous() for name, tensor in tensors.items()}
    card = json.dumps(checkpoint.card, sort_keys=True, allow_nan=False)
    data = format_safetensors(tensors, metadata={"card": card})
    write_atomically(path, data)
    return hashlib.sha256(data).hexdigest()


def pack_weights(model: UNet) -> bytes:
    """Return the weights of a network as bytes, for another process."""
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    return format_safetensors(tensors)


def unpack_weights(data: bytes, config: UNetConfig) -> UNet:
    """Return a network of a shape with the weights of `pack_weights`, on the CPU and in evaluation mode."""
    model = UNet(config)
    model.load_state_dict(parse_safetensors(data))
    return model.eval()


def write_card(path: Path, card: Card) -> None:
    """Write the card as formatted JSON, as in `models/`."""
    write_atomically(path, (json.dumps(card, indent=2, allow_nan=False) + "\n").encode())


def load_checkpoint(path: Path, sha256: str | None = None) -> Checkpoint:
    """Read and check a checkpoint.

    Args:
        path: a file of `save_checkpoint`.
        sha256: expected hash, hexadecimal; None to skip this check.

    Returns:
        The checkpoint, with its model in evaluation mode on the CPU.

    Raises:
        CheckpointError: the file is missing, damaged, too large or not a checkpoint of Seep.
    """
    data = _read(path)
    if sha256 is not None and hashlib.sha256(data).hexdigest() != sha256:
        raise CheckpointError(
            f"{path.name} is not the file it was (its SHA-256 differs). Restore it from a backup "
            "or choose another checkpoint."
        )
    card, config = _card(path, data)
    try:
        tensors = parse_safetensors(data)
    except (SafetensorError, ValueError, KeyError) as error:
        raise _refused(path, f"is damaged ({error})") from error
    with torch.device("meta"):
        model = UNet(config)
    expected = dict(model.state_dict())
    head = SlickHead(classes=card["slick_head"].get("classes", 0)) if "slick_head" in card else None
    if head is not None:
        expected |= {HEAD_PREFIX + name: one for name, one in head.state_dict().items()}
        expected |= _example_tensors(_no_examples(card["slick_head"].get("examples")))
    _check_tensors(path, tensors, expected)
    model.load_state_dict({name: tensors[name] for name in model.state_dict()}, assign=True)
    for parameter in model.parameters():
        parameter.requires_grad_(True)
    if head is not None:
        head.load_state_dict({name: tensors[HEAD_PREFIX + name] for name in head.state_dict()})
        head.examples = _examples(tensors)
        head.eval()
    return Checkpoint(model.eval(), card, head)


def check_prediction(path: Path, checkpoint: Checkpoint) -> None:
    """Check that the network predicts finite numbers for a flat image.

    Finite weights do not ensure that: a negative variance or huge weights give none. Seep checks this once, before it
    takes a file over.

    Args:
        path: of the file, for the message.
        checkpoint: what was read from it.

    Raises:
        CheckpointError: a number is not finite.
    """
    config = checkpoint.model.config
    side = 2 * config.multiple
    with torch.inference_mode():
        logits = checkpoint.model(torch.ones(1, config.bands + 1, side, side))
    if not bool(torch.isfinite(logits).all()):
        raise _refused(path, "predicts numbers that are not finite")


def adapt(checkpoint: Checkpoint, classes: int) -> Checkpoint:
    """Return a copy for another number of classes: the same trunk, and new heads where their size differs.

    The weights of a new head are zero: every class has the same probability until it is trained.

    Raises:
        CheckpointError: a network cannot have this number of classes.
    """
    old = checkpoint.model
    try:
        config = replace(old.config, classes=classes)
    except ValueError as error:
        raise CheckpointError(f"no network can be made for these classes: {error}") from error
    model = UNet(config)
    weights = {name: tensor.detach().clone() for name, tensor in old.state_dict().items()}
    card, head = json.loads(json.dumps(checkpoint.card)), checkpoint.slick_head
    if classes != old.config.classes:
        if head is not None:
            head = head.without_classes()
            card["slick_head"].pop("classes", None)
        for name, tensor in model.state_dict().items():
            if tensor.shape != weights[name].shape:
                weights[name] = torch.zeros_like(tensor)
        card["architecture"] = config.to_dict()
        card.pop("class_offsets", None)  # they belong to the old classes
        card["classes"] = new_card("", config)["classes"]
    model.load_state_dict(weights)
    return Checkpoint(model.eval(), card, head)


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file atomically: temporary file, fsync, rename, fsync of the folder.

    Raises:
        CheckpointError: the file cannot be written; the old file is unchanged.
    """
    try:
        write_atomic(path, data)
    except StorageError as error:
        reason = error.__cause__.strerror if isinstance(error.__cause__, OSError) else error
        raise CheckpointError(
            f"{path.name} cannot be written ({reason}). Free space or choose another folder."
        ) from error


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise _refused(path, f"has {number(size)} bytes, more than any checkpoint of Seep")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise CheckpointError(
            f"There is no checkpoint {path}. Check the path or choose another checkpoint."
        ) from error
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read ({error.strerror}). Check its permissions.") from error


def _card(path: Path, data: bytes) -> tuple[Card, UNetConfig]:
    """Return the card from a safetensors header, which is 8 bytes of length and JSON with `__metadata__`."""
    try:
        header = read_header(io.BytesIO(data))
    except ValueError as error:
        raise _refused(path, "is not a safetensors file") from error
    try:
        card = card_in_header(header)
        config = UNetConfig.from_dict(card["architecture"])
        if card.get("threshold") is None:
            raise KeyError("threshold")
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise _refused(path, f"has no usable card ({error})") from error
    if card.get("normalization") != NORMALIZATION:
        raise _refused(path, f"was trained with the normalization {card.get('normalization')!r}")
    try:
        Decision.from_card(card, config)
        ScaleRule.from_card(card)
        if "slick_head" in card:
            _head_threshold(card)
            _check_head_classes(card, config)
    except ValueError as error:
        raise _refused(path, f"has {error}") from error
    return card, config


def _head_threshold(card: Card) -> float:
    """Return the threshold of the slick head from the card.

    Raises:
        ValueError: the card does not describe a slick head with the features of this version.
    """
    facts = card.get("slick_head")
    threshold = facts.get("threshold") if isinstance(facts, dict) else None
    if type(threshold) is not float or not 0 < threshold < 1:
        raise ValueError(f"the slick head threshold {threshold!r}, which is not between 0 and 1")
    assert isinstance(facts, dict)  # it has a threshold
    if facts.get("features") != list(FEATURES):
        raise ValueError("a slick head with other features than this version of Seep measures")
    count = facts.get("examples", 0)
    if type(count) is not int or not 0 <= count <= MAX_EXAMPLES:
        raise ValueError(f"a slick head with {count!r} examples, which is not 0 to {MAX_EXAMPLES}")
    return threshold


def _check_head_classes(card: Card, config: UNetConfig) -> None:
    """Check that a slick head predicts no classes, or those of the network.

    Raises:
        ValueError: it does not.
    """
    classes = card["slick_head"].get("classes", 0)
    if type(classes) is not int or classes not in (0, config.classes - 1):
        raise ValueError(f"a slick head with {classes!r} seep classes, its network has {config.classes - 1}")


def _no_examples(count: int | None) -> SlickExamples | None:
    """Return that many empty examples, for their shapes; None where a head keeps none."""
    if count is None:
        return None
    numbers = np.zeros(count)
    return SlickExamples(
        np.zeros((count, len(FEATURES)), np.float32),
        numbers.astype(np.int64),
        numbers,
        numbers,
        numbers.astype(np.int64),
    )


def _example_tensors(examples: SlickExamples | None) -> dict[str, torch.Tensor]:
    if examples is None:
        return {}
    return {
        EXAMPLES_PREFIX + name: torch.from_numpy(np.ascontiguousarray(getattr(examples, name)))
        for name in EXAMPLE_ARRAYS
    }


def _examples(tensors: dict[str, torch.Tensor]) -> SlickExamples | None:
    if EXAMPLES_PREFIX + EXAMPLE_ARRAYS[0] not in tensors:
        return None
    return SlickExamples(*(tensors[EXAMPLES_PREFIX + name].numpy() for name in EXAMPLE_ARRAYS))


def _check_tensors(path: Path, found: dict[str, torch.Tensor], expected: dict[str, Any]) -> None:
    if found.keys() != expected.keys():
        odd = sorted(found.keys() ^ expected.keys())[:3]
        raise _refused(path, f"does not hold the tensors of its architecture (differs in {', '.join(odd)})")
    for name, tensor in found.items():
        wanted = expected[name]
        if tensor.shape != wanted.shape or tensor.dtype != wanted.dtype:
            raise _refused(
                path,
                f"holds {name} as {tensor.dtype} {tuple(tensor.shape)}, "
                f"not {wanted.dtype} {tuple(wanted.shape)}",
            )
        if not torch.isfinite(tensor).all():
            raise _refused(path, f"holds numbers that are not finite in {name}")


def _refused(path: Path, reason: str) -> CheckpointError:
    return CheckpointError(f"{path.name} {reason}. Choose a checkpoint that Seep wrote.")
