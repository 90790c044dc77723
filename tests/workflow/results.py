"""A scene of four tiles on a grid, with slicks over their borders; with a place on the ground or without."""

from pathlib import Path

import numpy as np
import rasterio
import tifffile

from seep.workflow.workspace import Workspace
from tests.workflow.making import SIDE_PX, fill

UTM = ("EPSG:32631", (10.0, 0.0, 500_000.0, 0.0, -10.0, 4_600_000.0))


def scene_mask() -> np.ndarray:
    """One slick over all four tiles with a hole, one of class 3 in a corner, some pixels unsure."""
    mask = np.zeros((2 * SIDE_PX, 2 * SIDE_PX), np.uint8)
    mask[60:68, 20:110] = 1
    mask[61:63, 40:44] = 0
    mask[5:9, 5:25] = 3
    mask[100:104, 100:104] = 255
    return mask


def scene_image(mask: np.ndarray, seed: int = 0) -> np.ndarray:
    """Speckle; slicks have a third of the amplitude, so that they are 9.5 dB darker."""
    random = np.random.default_rng(seed)
    image = random.gamma(40, 200, mask.shape) + 1
    image[(mask > 0) & (mask < 255)] /= 3
    return np.clip(image, 1, 65535).astype(np.uint16)


def write_scene(
    folder: Path, name: str, place: tuple[str, tuple[float, ...]] | None = None
) -> tuple[Path, Path]:
    """Write the scene as four tiles with masks; each with its own georeference if a place is given."""
    images, masks = folder / "images", folder / "masks"
    images.mkdir(parents=True, exist_ok=True)
    masks.mkdir(exist_ok=True)
    mask = scene_mask()
    image = scene_image(mask)
    for number in range(4):
        y, x = (SIDE_PX * at for at in divmod(number, 2))
        window = np.s_[y : y + SIDE_PX, x : x + SIDE_PX]
        path = images / f"{name}.{number:03d}.tif"
        tifffile.imwrite(masks / path.name, mask[window])
        if place is None:
            tifffile.imwrite(path, image[window])
            continue
        a, b, c, d, e, f = place[1]
        transform = rasterio.Affine(a, b, c + a * x, d, e, f + e * y)
        profile = {"height": SIDE_PX, "width": SIDE_PX, "count": 1, "dtype": "uint16"}
        with rasterio.open(path, "w", driver="GTiff", crs=place[0], transform=transform, **profile) as file:
            file.write(image[window], 1)
    return images, masks


def fill_scene(
    workspace: Workspace, folder: Path, name: str, place: tuple[str, tuple[float, ...]] | None = UTM
) -> list[int]:
    """Import the scene as reviewed."""
    return fill(workspace, *write_scene(folder, name, place), reviewed=True, columns=2)
