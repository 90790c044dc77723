"""Reads the header of a BEAM-DIMAP product: SNAP's `.dim` file, with ENVI images in the folder `.data` beside it."""

from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from seep.errors import ImageError
from seep.io.xml import parse_xml


@dataclass(frozen=True)
class DimapBand:
    """A band of a product, or a grid of tie points.

    Attributes:
        name: as in SNAP.
        header: its ENVI header.
        nodata: value of pixels without a measurement, or None.
        scale: factor of the stored values.
        offset: added after scaling.
    """

    name: str
    header: Path
    nodata: float | None = None
    scale: float = 1.0
    offset: float = 0.0


@dataclass(frozen=True)
class TiePoints:
    """Grids of latitude and longitude; positions in pixels from the upper left corner of the image."""

    latitude: Path
    longitude: Path
    offset: tuple[float, float]
    step: tuple[float, float]


@dataclass(frozen=True)
class DimapProduct:
    """Bands that have a file, in order, and the grids of tie points; virtual bands are left out."""

    bands: tuple[DimapBand, ...]
    tie_points: TiePoints | None


def read_product(path: Path) -> DimapProduct:
    """Read a `.dim` file.

    Raises:
        ImageError: damaged, without a band, with logarithmic bands, or a file is not in the folder `.data`.
    """
    root = parse_xml(path)
    try:
        files = {
            int(_text(one, "BAND_INDEX")): _header(path, one, "DATA_FILE_PATH")
            for one in root.iterfind("Data_Access/Data_File")
        }
        described = {
            int(_text(one, "BAND_INDEX")): one
            for one in root.iterfind("Image_Interpretation/Spectral_Band_Info")
        }
        bands = tuple(_band(path, described[index], files[index]) for index in sorted(files))
        points = _tie_points(path, root)
    except (KeyError, ValueError) as error:
        raise ImageError(
            f"{path.name} is a damaged BEAM-DIMAP header ({error}). Export it again from SNAP."
        ) from error
    if not bands:
        raise ImageError(f"{path.name} has no band with a file. Write its bands in SNAP.")
    return DimapProduct(bands, points)


def _text(element: Element, tag: str, default: str | None = None) -> str:
    found = element.findtext(tag, default)
    if found is None:
        raise KeyError(tag)
    return found.strip()


def _band(path: Path, described: Element, header: Path) -> DimapBand:
    name = _text(described, "BAND_NAME")
    if _text(described, "LOG10_SCALED", "false") == "true":
        raise ImageError(
            f"{path.name}: band {name[:40]} stores logarithms, which are not read. Export it as GeoTIFF."
        )
    used = _text(described, "NO_DATA_VALUE_USED", "false") == "true"
    return DimapBand(
        name,
        header,
        float(_text(described, "NO_DATA_VALUE")) if used else None,
        float(_text(described, "SCALING_FACTOR", "1")),
        float(_text(described, "SCALING_OFFSET", "0")),
    )


def _header(path: Path, element: Element, tag: str) -> Path:
    found = element.find(tag)
    href = (found.get("href") or "").strip() if found is not None else ""
    folder = path.with_suffix(".data").resolve()
    header = (path.parent / href).resolve()
    if not href or header.suffix.lower() != ".hdr" or not header.is_relative_to(folder):
        raise ImageError(
            f"{path.name} refers to {href[:80]!r}, which is not an ENVI header in {folder.name}. Export it again from "
            "SNAP."
        )
    if not header.is_file():
        raise ImageError(
            f"{path.name} needs {href[:80]}, which is missing. Provide the folder {folder.name} too."
        )
    return header


def _tie_points(path: Path, root: Element) -> TiePoints | None:
    grids = {
        _text(one, "TIE_POINT_GRID_NAME"): one for one in root.iterfind("Tie_Point_Grids/Tie_Point_Grid_Info")
    }
    if not {"latitude", "longitude"} <= grids.keys():
        return None
    files = {
        _text(one, "TIE_POINT_GRID_INDEX"): one for one in root.iterfind("Data_Access/Tie_Point_Grid_File")
    }
    latitude, longitude = (
        _header(path, files[_text(grids[name], "TIE_POINT_GRID_INDEX")], "TIE_POINT_GRID_FILE_PATH")
        for name in ("latitude", "longitude")
    )
    offset = tuple(float(_text(grids["latitude"], tag)) for tag in ("OFFSET_X", "OFFSET_Y"))
    step = tuple(float(_text(grids["latitude"], tag)) for tag in ("STEP_X", "STEP_Y"))
    return TiePoints(latitude, longitude, (offset[0], offset[1]), (step[0], step[1]))
