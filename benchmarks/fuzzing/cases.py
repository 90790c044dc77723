"""Cases by number: which kind of file, its name, its bytes; the same everywhere and always."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from benchmarks.fuzzing import annotations, pngs, tiffs, zips

KINDS: dict[str, Callable[[np.random.Generator], bytes]] = {
    "tif": tiffs.mutated,
    "png": pngs.mutated,
    "zip": zips.mutated,
    "json": annotations.mutated_json,
    "xml": annotations.mutated_xml,
    "csv": annotations.mutated_csv,
    "gpkg": annotations.mutated_gpkg,
    "txt": annotations.mutated_txt,
    "shp": annotations.mutated_shp,
}
ANNOTATIONS = ("json", "xml", "csv", "gpkg", "txt", "shp")
_SHARES = ("tif", "tif", "png", "zip", "json", "json", "xml", "csv", "tif", "png", "gpkg", "txt", "shp")


@dataclass(frozen=True)
class Case:
    """A mutated file: its number, its kind, and what is in it."""

    number: int
    kind: str
    data: bytes

    @property
    def name(self) -> str:
        """File name, a scene for every hundred."""
        return f"fuzz{self.number // 100:06d}.{self.number % 100:06d}.{self.kind}"


def case(number: int) -> Case:
    """Make the case of a number: a quarter TIFFs, half of them annotations, the others PNGs and zips."""
    kind = _SHARES[number % len(_SHARES)]
    return Case(number, kind, KINDS[kind](np.random.default_rng([number, 2026])))
