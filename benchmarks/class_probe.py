"""Whether the class of a slick can be predicted on scenes that a network has not seen.

    python -m benchmarks.class_probe IMAGES MASKS --checkpoint FILE --scenes 041871,045562 [--threshold 0.5]

The checkpoint's trunk stays as it is. Classifiers on its feature maps learn the class of true seep pixels in the
scenes that are not named: a linear one on the last map, as the class head is, and a small network on the maps of
all levels. Each then predicts the class of the slicks that the checkpoint predicts in the named scenes, as does
its class head. The row of the true classes is the upper limit. Each slick gets one class by vote. Prints IoU by
class, and the same as JSON in the last line. The named scenes must not have trained the checkpoint.
"""

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from seep.core.geo.grid import DEFAULT_PATTERN
from seep.core.image.normalize import Statistics, normalize
from seep.engine.checkpoint import load_checkpoint
from seep.engine.unet import Heads, UNet, UNetConfig
from seep.io.images import read_image
from seep.workflow.inference.folder_dataset import FolderTile, folder_options, scan_folder

SAMPLES = 400
"""True seep pixels of a tile that teach: neighbors say nearly the same."""
STEPS, BATCH, RATE = 600, 1024, 3e-3

Namer = Callable[["Found"], NDArray[np.uint8]]


@dataclass(frozen=True, eq=False)
class Found:
    """What the checkpoint finds in a tile.

    Attributes:
        truth: (H, W) class ids.
        mask: (H, W), where it sees seep.
        features: (pixels of the mask, channels) of all its maps.
        named: (pixels of the mask,) class ids by its own head.
    """

    truth: NDArray[np.uint8]
    mask: NDArray[np.bool_]
    features: Tensor
    named: NDArray[np.uint8]


def main(arguments: Sequence[str] | None = None) -> None:
    """Read, teach, evaluator, print."""
    chosen = _parser().parse_args(arguments)
    torch.manual_seed(0)
    checkpoint = load_checkpoint(chosen.checkpoint)
    model, classes = checkpoint.model.eval(), checkpoint.model.config.classes
    threshold = chosen.threshold or checkpoint.decision.threshold
    options = folder_options(DEFAULT_PATTERN, "auto", classes)
    dataset = scan_folder(chosen.images, chosen.masks, options)
    taught, found = list[tuple[Tensor, Tensor]](), list[Found]()
    for tile, image in _read(dataset.tiles, dataset.statistics):
        seep, named, maps = maps_of(model, image)
        if tile.scene in chosen.scenes:
            mask = (seep > threshold) & (image[-1] > 0)
            found.append(
                Found(tile.mask, mask, _at(maps, np.nonzero(mask), model.config.stride), named[mask])
            )
        else:
            taught.append(_sample(maps, tile.mask, model.config, len(taught)))
    features, labels = (torch.cat(part) for part in zip(*taught, strict=True))
    first = model.config.width
    readers: dict[str, Namer] = {
        "own type head": lambda one: one.named,
        "linear, last map": learn(nn.Linear(first, classes - 1), features[:, :first], labels),
        "network, all maps": learn(_small(features.shape[1], classes - 1), features, labels),
        "the truth": lambda one: one.truth[one.mask],
    }
    rows = {name: iou_by_class(found, namer, classes) for name, namer in readers.items()}
    for name, row in rows.items():
        print(f"{name:18} mean {np.mean(row):.3f}   " + "  ".join(f"{value:.3f}" for value in row))
    print(json.dumps({"scenes": chosen.scenes, "threshold": threshold, "iou": rows}))


def maps_of(model: UNet, image: NDArray[np.float32]) -> tuple[NDArray[Any], NDArray[np.uint8], Tensor]:
    """Seep probability (H, W), class ids (H, W), and all maps as (channels, H / stride, W / stride)."""
    with torch.no_grad():
        levels = model._down(torch.from_numpy(image)[None])
        maps = [*model._up(levels), levels[-1]]
        logits = Heads.forward(model, maps[0])[0]
    size = maps[0].shape[2:]
    joined = torch.cat([functional.interpolate(one, size=size, mode="bilinear") for one in maps], 1)
    named = (logits[1:].argmax(0) + 1).numpy().astype(np.uint8)
    return torch.sigmoid(logits[0]).numpy(), named, joined[0]


def learn(network: nn.Module, features: Tensor, labels: Tensor) -> Namer:
    """Teach a reader, pixels weighted by the inverse square root of their class's share; returns it."""
    mean, spread = features.mean(0), features.std(0) + 1e-3
    counts = torch.bincount(labels).clamp(min=1)
    weights = (counts.sum() / counts).sqrt()
    optimizer = torch.optim.AdamW(network.parameters(), RATE, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    for _ in range(STEPS):
        drawn = torch.randint(0, len(labels), (BATCH,))
        logits = network((features[drawn] - mean) / spread)
        optimizer.zero_grad()
        torch.autograd.backward(functional.cross_entropy(logits, labels[drawn], weights))
        optimizer.step()
        schedule.step()
    network.eval()

    def name(one: Found) -> NDArray[np.uint8]:
        with torch.no_grad():
            logits = network((one.features[:, : len(mean)] - mean) / spread)
        return np.asarray((logits.argmax(1) + 1).numpy(), np.uint8)

    return name


def iou_by_class(found: Sequence[Found], namer: Namer, classes: int) -> list[float]:
    """IoU of the classes 1.., each slick named by the vote of its pixels; truth's background votes for 1."""
    shared, either = np.zeros(classes), np.zeros(classes)
    for one in found:
        count, slicks = cv2.connectedComponents(one.mask.astype(np.uint8))
        votes = np.zeros((count, 256))
        np.add.at(votes, (slicks[one.mask].astype(np.intp), namer(one)), 1)
        winners = votes[:, 1:classes].argmax(1) + 1
        named = np.where(one.mask, winners[slicks], 0)
        for number in range(1, classes):
            mine, true = named == number, one.truth == number
            shared[number] += (mine & true).sum()
            either[number] += ((mine | true) & (one.truth < classes)).sum()
    return [float(value) for value in np.round(shared[1:] / np.maximum(either[1:], 1), 3)]


def _read(
    tiles: Sequence[FolderTile], statistics: dict[str, Statistics]
) -> Iterator[tuple[FolderTile, NDArray[np.float32]]]:
    for tile in tiles:
        if tile.mask is not None:
            yield tile, normalize(read_image(tile.path), statistics[tile.scene], tile.nodata)


def _sample(maps: Tensor, truth: NDArray[np.uint8], network: UNetConfig, seed: int) -> tuple[Tensor, Tensor]:
    rows, columns = np.nonzero((truth > 0) & (truth < network.classes))
    few = np.random.default_rng(seed).permutation(len(rows))[:SAMPLES]
    place = (rows[few], columns[few])
    return _at(maps, place, network.stride), torch.from_numpy(truth[place].astype(np.int64) - 1)


def _at(maps: Tensor, place: tuple[NDArray[Any], ...], stride: int) -> Tensor:
    """Features of pixels, (pixels, channels), where the maps have a `stride`-th of their resolution."""
    rows, columns = (torch.from_numpy(one // stride) for one in place)
    return maps[:, rows, columns].T.contiguous()


def _small(inputs: int, outputs: int) -> nn.Module:
    return nn.Sequential(
        nn.Dropout(0.3), nn.Linear(inputs, 64), nn.ReLU(), nn.Dropout(0.3), nn.Linear(64, outputs)
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("images", type=Path)
    parser.add_argument("masks", type=Path)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument(
        "--scenes",
        type=lambda text: text.split(","),
        required=True,
        help="scenes that the checkpoint was not trained on",
    )
    parser.add_argument("--threshold", type=float, help="threshold of seep (default: from the card)")
    return parser


if __name__ == "__main__":
    main()
