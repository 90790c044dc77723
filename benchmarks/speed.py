"""How fast networks predict and train here, against a plain loop of the same network in the same run.

    python -m benchmarks.speed                        # prediction and training, on the device that Seep picks
    python -m benchmarks.speed --part prediction --widths 16 32 --repeats 7
    python -m benchmarks.speed --device cuda --batches 1 16 64

The plain loop is what a first draft does: the network as it was trained, float32, eager, one batch after the
other. Contenders take turns and medians are compared, so the ratios hold on a busy machine too; the times do
not. The share is that of the peak of a large matrix product, measured in the same run: of float32 on a CPU,
of bfloat16 on CUDA. Images are 256 x 256 px with one band; every contender starts from normalized float32
arrays and ends with arrays of probabilities. Prints tables, and JSON in the last line.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch

from benchmarks import speed_training
from benchmarks.timing import interleaved, matmul_peak
from seep.core.image.normalize import statistics_of
from seep.core.synthesis.scene import synthesize_scene
from seep.engine.checkpoint import Checkpoint, load_checkpoint, new_checkpoint
from seep.engine.device import pick_device
from seep.engine.inference.network import Network
from seep.engine.inference.predict import Predictor
from seep.engine.inference.windows import Ensemble, predict_probabilities
from seep.engine.info import model_info
from seep.engine.unet import UNetConfig, class_probabilities
from seep.settings import SHIPPED_CHECKPOINT

SIDE_PX = 256
TILES = 16
PLAIN, OURS = "plain loop", "Seep"
TARGETS = {"cpu": 2.0, "cuda": 4.0}
"""How many times the plain loop prediction should reach, with batches of 16 or more."""

Row = dict[str, Any]


def networks(widths: Sequence[int]) -> dict[str, Checkpoint]:
    """What is timed: networks of full resolution with random weights, and the shipped one."""
    found = {f"width {width}": new_checkpoint(UNetConfig(width=width), seed=0) for width in widths}
    return found | {"shipped": load_checkpoint(SHIPPED_CHECKPOINT)}


def ways_of(device: torch.device) -> list[str]:
    """What Seep can do on a device, the fastest first."""
    return ["cuda"] if device.type == "cuda" else ["openvino", "torch"]


def predictions(
    checkpoint: Checkpoint, device: torch.device, batch: int, repeats: int, ways: Sequence[str]
) -> dict[str, float]:
    """Seconds for one batch: the plain loop, and every way of Seep."""
    model = checkpoint.model.to(device)
    size = (batch, model.config.bands + 1, SIDE_PX, SIDE_PX)
    images = np.random.default_rng(0).standard_normal(size, np.float32)

    @torch.inference_mode()
    def plain() -> Any:
        logits = model(torch.from_numpy(images).to(device))
        return class_probabilities(logits, model.config.heads).cpu().numpy()

    def through(backend: str) -> Callable[[], Any]:
        ensemble = Ensemble([Network(model, device, backend)], device, model.config.multiple)
        return lambda: list(predict_probabilities(ensemble, list(images)))

    return interleaved({PLAIN: plain, **{f"{OURS}, {way}": through(way) for way in ways}}, repeats)


def prediction_rows(
    device: torch.device, widths: Sequence[int], batches: Sequence[int], repeats: int
) -> list[Row]:
    """Images a second of every network, batch and ensemble."""
    rows = []
    ways = ways_of(device)
    for name, checkpoint in networks(widths).items():
        flops = model_info(checkpoint.model.config, SIDE_PX)["flops_forward"]
        for batch in batches:
            # Measured beside it each time: what a shared machine has left changes by the minute.
            peaks = {False: matmul_peak(device), True: matmul_peak(device, _fast_dtype(device))}
            taken = predictions(checkpoint, device, batch, repeats, ways)
            for way, seconds in taken.items():
                rate = batch / seconds
                rows.append({
                    "network": name, "batch": batch, "way": way, "images_a_second": rate,
                    "times_plain": taken[PLAIN] / seconds,
                    "share_of_peak": rate * flops / peaks[way != PLAIN],
                })  # fmt: skip
    return rows


def tile_rows(device: torch.device, repeats: int) -> list[Row]:
    """Tiles a second from pixels to masks by the shipped checkpoint, as when a folder is predicted."""
    checkpoint = load_checkpoint(SHIPPED_CHECKPOINT)
    pixels = [synthesize_scene(seed, SIDE_PX, SIDE_PX, 0).image for seed in range(4)] * (TILES // 4)
    statistics = [statistics_of([one], 0) for one in pixels]

    def whole(flips: bool) -> Callable[[], Any]:
        predictor = Predictor(checkpoint, str(device))
        predictor.flips = flips
        return lambda: predictor.predict(pixels, statistics, 0)

    taken = interleaved({"without flips": whole(False), "with flips": whole(True)}, repeats)
    return [{"way": name, "tiles_a_second": TILES / seconds} for name, seconds in taken.items()]


def _fast_dtype(device: torch.device) -> torch.dtype:
    return torch.bfloat16 if device.type == "cuda" else torch.float32


def show(found: dict[str, Any]) -> None:
    """Print tables, then everything as JSON."""
    print(f"{found['device']}, {found['threads']} threads")
    if found["prediction"]:
        print(f"{'prediction':10} {'batch':>5}  {'way':16} {'images/s':>9} {'x plain':>8} {'of peak':>8}")
    for row in found["prediction"]:
        print(
            f"{row['network']:10} {row['batch']:5}  {row['way']:16} {row['images_a_second']:9.1f} "
            f"{row['times_plain']:8.2f} {row['share_of_peak']:8.0%}"
        )
    for row in found["tiles"]:
        print(f"pixels to masks, shipped, {row['way']}: {row['tiles_a_second']:.1f} tiles/s")
    for line in found["training_table"]:
        print(line)
    print(json.dumps({name: value for name, value in found.items() if name != "training_table"}))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--part", choices=("all", "prediction", "training"), default="all")
    parser.add_argument("--device", help="cpu, cuda or cuda:N; picked where it is not given")
    parser.add_argument("--widths", type=int, nargs="*", default=[16, 32])
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--repeats", type=int, default=5)
    chosen = parser.parse_args(arguments)
    device = pick_device(chosen.device)
    name = torch.cuda.get_device_name(device) if device.type == "cuda" else "CPU"
    found: dict[str, Any] = {"device": name, "threads": torch.get_num_threads()}
    found |= {"targets": {"times_plain": TARGETS[device.type]}, "prediction": [], "tiles": []}
    found |= {"training": [], "training_table": []}
    if chosen.part != "training":
        found["prediction"] = prediction_rows(device, chosen.widths, chosen.batches, chosen.repeats)
        found["tiles"] = tile_rows(device, chosen.repeats)
    if chosen.part != "prediction":
        found["training"] = speed_training.rows(device, chosen.widths, chosen.repeats)
        found["training_table"] = speed_training.lines(found["training"])
    show(found)


if __name__ == "__main__":
    main()
