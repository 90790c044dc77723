"""Processes that work on a workspace, and images for them to work on."""

import os
import select
import subprocess
import sys
import tempfile
from pathlib import Path

import tifffile

from seep.core.synthesis.scene import synthesize_scene

ROOT = Path(__file__).resolve().parent.parent.parent
SILENCE_S = 300
"""A process that prints nothing for so long hangs; one that goes on may take as long as the machine needs."""


def environment(root: Path) -> dict[str, str]:
    """Environment of every process that works on the workspace `root`; one thread, so that forks are safe."""
    return os.environ | {
        "SEEP_WORKSPACE": str(root),
        "SEEP_DEVICE": "cpu",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }


def write_images(folder: Path, scenes: int = 3, columns: int = 2, side: int = 64) -> tuple[Path, Path]:
    """Write synthetic tiles, `columns` squared to a scene, and their masks; returns both folders."""
    images, masks = folder / "images", folder / "masks"
    images.mkdir(parents=True)
    masks.mkdir()
    for number in range(scenes):
        scene = synthesize_scene(number, columns * side, columns * side, seep_share=0.08, wedges=False)
        for tile in range(columns**2):
            row, column = (side * at for at in divmod(tile, columns))
            name = f"scene{number}.{tile:06d}.tif"
            tifffile.imwrite(images / name, scene.image[row : row + side, column : column + side])
            tifffile.imwrite(masks / name, scene.mask[row : row + side, column : column + side])
    return images, masks


def start(root: Path, *arguments: str) -> "subprocess.Popen[str]":
    """Start `python -m ...` on a workspace, its output readable."""
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=environment(root),
        stdout=subprocess.PIPE,
        text=True,
    )


def run(root: Path, *arguments: str) -> str:
    """Run `python -m ...` on a workspace to its end; returns what it printed.

    Raises:
        RuntimeError: it failed, or printed nothing for `SILENCE_S`.
    """
    output = b""
    with tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env=environment(root),
            stdout=subprocess.PIPE,
            stderr=errors,
        )
        with process:
            assert process.stdout
            while select.select([process.stdout], [], [], SILENCE_S)[0]:
                part = os.read(process.stdout.fileno(), 1 << 16)
                if not part:
                    break
                output += part
            else:
                process.kill()
        errors.seek(0)
        printed = output.decode()
        if process.returncode != 0:
            raise RuntimeError(f"{arguments} ended with {process.returncode}:\n{printed}\n{errors.read()}")
    return printed
