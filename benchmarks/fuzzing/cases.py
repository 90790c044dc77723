"""Cases by number: which kind of file, its name, its bytes; the same everywhere and always."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from benchmarks.fuzzing import annotations, archives, containers, masks, pngs, rasters, tiffs, zips

KINDS: dict[str, Callable[[np.random.Generator], bytes]] = {
    "tif": tiffs.mutated,
    "png": pngs.mutated,
    "jpg": partial(rasters.mutated, "jpg"),
    "jp2": partial(rasters.mutated, "jp2"),
    "ntf": partial(rasters.mutated, "ntf"),
    "npy": partial(rasters.mutated, "npy"),
    "hdr": containers.mutated_envi,
    "vrt": containers.mutated_vrt,
    "dim": containers.mutated_dimap,
    "nc": partial(containers.mutated_variables, "nc"),
    "h5": partial(containers.mutated_variables, "h5"),
    "mask_tif": masks.mutated_tiff,
    "mask_png": masks.mutated_png,
    "zip": zips.mutated,
    "safe_zip": rasters.mutated_product,
    "json": annotations.mutated_json,
    "xml": annotations.mutated_xml,
    "csv": annotations.mutated_csv,
    "gpkg": annotations.mutated_gpkg,
    "txt": annotations.mutated_txt,
    "shp": annotations.mutated_shp,
    "class_txt": rasters.mutated_classes,
    "class_yaml": rasters.mutated_classes,
}
SETS = {"tar": archives.mutated_tar, "set_zip": archives.mutated_zip}
IMAGES = ("tif", "png", "jpg", "jp2", "ntf", "npy")
CONTAINERS = ("hdr", "vrt", "nc", "h5", "dim")
MASKS = ("mask_tif", "mask_png")
ARCHIVES = ("zip", "safe_zip", *SETS)
ANNOTATIONS = ("json", "xml", "csv", "gpkg", "txt", "shp")
CLASS_LISTS = ("class_txt", "class_yaml")
_TURN = (
    *("tif", "tif", "png", "zip", "json", "json", "xml", "csv", "tif", "png", "gpkg", "txt", "shp"),
    *("mask_tif", "mask_png", "tar", "json", "mask_tif", "set_zip", "tar", "jpg", "jp2", "ntf", "npy"),
    *("safe_zip", "json", "class_txt", "class_yaml", "mask_png", "xml", *CONTAINERS),
)


@dataclass(frozen=True)
class Case:
    """A mutated file: its number, its kind, and what is in it."""

    number: int
    kind: str
    data: bytes

    @property
    def suffix(self) -> str:
        """Suffix of the file, without the dot."""
        return self.kind.rpartition("_")[2]

    @property
    def stem(self) -> str:
        """Stem of the file name, a scene for every hundred."""
        return (
            archives.stem_of(self.number)
            if self.kind in SETS
            else f"fuzz{self.number // 100:06d}.{self.number % 100:06d}"
        )

    @property
    def name(self) -> str:
        """File name."""
        return f"{self.stem}.{self.suffix}"


def case(number: int) -> Case:
    """Make the case of a number; 35 numbers in a row have each kind at least once."""
    kind = _TURN[number % len(_TURN)]
    random = np.random.default_rng([number, 2026])
    if kind in SETS:
        return Case(number, kind, SETS[kind](random, archives.stem_of(number)))
    return Case(number, kind, KINDS[kind](random))
