"""Processes that work on a workspace, and images for them to work on."""

import os
import subprocess
import sys
from pathlib import Path

import tifffile

from seep.core.synthesis.scene import synthesize_scene

ROOT = Path(__file__).resolve().parent.parent.parent


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
    """Run `python -m ...` on a workspace to its end; returns what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        env=environment(root),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{arguments} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
    return done.stdout
