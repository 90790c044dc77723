"""Converts ENVI images and GDAL virtual rasters (VRT) to GeoTIFF; sandbox processes call this.

Both formats depend on other files, so they are not read in place. GDAL opens them with a named driver, after a check
that all of their files lie in one folder.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np
import rasterio
from rasterio.control import GroundControlPoint
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader
from rasterio.windows import Window as Span

from seep.errors import ImageError
from seep.io.header import ImageHeader, check_growth, check_size
from seep.io.images import kind_of
from seep.io.readers import gdal
from seep.io.xml import parse_xml

SUFFIXES = (".hdr", ".vrt")
_ENVI_DATA = ("", ".img", ".dat", ".bin", ".raw", ".bsq", ".bil", ".bip")
_START_BYTES = 512
_ROWS = 512
_VRT_ROOT = {"SRS", "GeoTransform", "GCPList", "Metadata", "VRTRasterBand", "OverviewList"}
_VRT_BAND = {
    *("ColorInterp", "ColorTable", "Description", "NoDataValue", "Metadata", "Offset", "Scale", "UnitType"),
    *("SimpleSource", "ComplexSource", "HideNoDataValue", "CategoryNames", "Histograms"),
}


def container_of(path: Path) -> str | None:
    """Return "ENVI" or "VRT" for a file that is converted at import; None for others."""
    if path.suffix.lower() not in SUFFIXES:
        return None
    try:
        with path.open("rb") as file:
            start = file.read(_START_BYTES)
    except OSError:
        return None
    if path.suffix.lower() == ".hdr":
        return "ENVI" if start.startswith(b"ENVI") else None
    return "VRT" if b"<VRTDataset" in start else None


def is_envi_data(path: Path) -> bool:
    """Return whether a file holds the pixels of an ENVI header beside it."""
    if path.suffix.lower() not in _ENVI_DATA:
        return False
    return any(container_of(one) for one in (path.with_suffix(".hdr"), path.with_name(f"{path.name}.hdr")))


def parts_of(path: Path) -> list[Path]:
    """Return a file, and the files with its pixels.

    Raises:
        ImageError: one of them is missing, lies in another folder, or has a format that is not read.
    """
    if container_of(path) == "VRT":
        return [path, *_vrt_sources(path)]
    stem = path.with_suffix("")
    beside = [stem.with_name(stem.name + suffix) for suffix in _ENVI_DATA]
    data = [one for one in beside if one != path and one.is_file()]
    if len(data) != 1:
        found = ", ".join(one.name for one in data) or "none"
        raise ImageError(
            f"{path.name} is an ENVI header and needs one file of pixels beside it, but has {found}."
        )
    return [path, data[0]]


def convert(path: Path, target: Path) -> None:
    """Write the pixels, band names, nodata value and georeference of a file as a GeoTIFF.

    Raises:
        ImageError: damaged, too large, or its files are not all in one folder.
    """
    parts = parts_of(path)
    with _opened(path, parts) as source:
        header = gdal.header_of(source, path.name)
        check_size(header, path.name)
        check_growth(header, path.name, sum(one.stat().st_size for one in parts))
        _check_complete(parts, header)
        profile = {
            "height": header.height,
            "width": header.width,
            "count": header.bands,
            "nodata": source.nodata,
        }
        profile |= {
            "dtype": header.stored_dtype or header.dtype,
            "compress": "deflate",
            "bigtiff": "IF_SAFER",
        }
        bands = gdal.color_bands(source)
        with gdal.without_place():
            made = rasterio.open(target, "w", driver="GTiff", **profile)
        with made:
            place = header.georeference
            if place is not None and place.transform is not None:
                made.transform, made.crs = rasterio.Affine(*place.transform), place.crs
            elif place is not None:
                points = [GroundControlPoint(row=r, col=c, x=x, y=y) for r, c, x, y in place.gcps]
                made.gcps = (points, rasterio.crs.CRS.from_user_input(place.gcp_crs))
            for number, band in enumerate(bands, 1):
                made.set_band_description(number, source.descriptions[band - 1] or "")
            made.scales = [source.scales[band - 1] for band in bands]
            made.offsets = [source.offsets[band - 1] for band in bands]
            for top in range(0, header.height, _ROWS):
                span = Span(0, top, header.width, min(_ROWS, header.height - top))
                made.write(np.asarray(source.read(bands, window=span)), window=span)


def _check_complete(parts: list[Path], header: ImageHeader) -> None:
    """Refuse a truncated ENVI image, whose missing pixels GDAL would read as 0."""
    if container_of(parts[0]) != "ENVI":
        return
    offset = re.search(r"(?im)^\s*header offset\s*=\s*(\d+)", parts[0].read_text("latin-1"))
    wanted = header.decoded_bytes + (int(offset[1]) if offset else 0)
    found = parts[1].stat().st_size
    if found < wanted:
        raise ImageError(
            f"{parts[0].name}: {parts[1].name} has {found} bytes instead of {wanted}. It is truncated or compressed. "
            "Export it again, without compression."
        )


@contextmanager
def _opened(path: Path, parts: list[Path]) -> Iterator[DatasetReader]:
    kind = container_of(path)
    opened, driver = (path, "VRT") if kind == "VRT" else (parts[1], "ENVI")
    try:
        options = {**gdal.OPTIONS, "GDAL_DISABLE_READDIR_ON_OPEN": "TRUE"}  # EMPTY_DIR hides the ENVI header
        with rasterio.Env(**options):
            with gdal.without_place():
                dataset = rasterio.open(opened, driver=driver)
            with dataset:
                yield dataset
    except (RasterioError, ValueError, IndexError, OSError) as error:
        reason = str(error.__cause__ or error).replace(str(path.parent), ".")[:120]
        raise ImageError(f"{path.name} is damaged or truncated ({reason}). Export it again.") from error


def _vrt_sources(path: Path) -> list[Path]:
    """Return the files of a VRT; refuse everything that GDAL could open beside them."""
    root = parse_xml(path)
    bands = root.findall("VRTRasterBand")
    unknown = {one.tag for one in root} - _VRT_ROOT | {one.tag for band in bands for one in band} - _VRT_BAND
    derived = [one for one in (root, *bands) if one.get("subClass") not in {None, "VRTSourcedRasterBand"}]
    named = [one for one in root.iter("Metadata") if one.get("domain")]
    if root.tag != "VRTDataset" or unknown or derived or named:
        found = ", ".join(sorted(unknown)) or "derived or warped bands, or metadata domains"
        raise ImageError(
            f"{path.name} is a VRT with {found}, which is not read. Export it with gdal_translate."
        )
    sources = [
        one for band in bands for kind in ("SimpleSource", "ComplexSource") for one in band.findall(kind)
    ]
    return sorted({_vrt_source(path, one) for one in sources})


def _vrt_source(path: Path, source: Element) -> Path:
    text = (source.findtext("SourceFilename") or "").strip()
    folder = path.parent.resolve()
    inside = Path(text) if text else None
    if inside is None or source.find("OpenOptions") is not None:
        raise ImageError(
            f"{path.name} has a source without a file, or with options. Export it with gdal_translate."
        )
    found = (folder / inside).resolve()
    if not found.is_relative_to(folder) or not found.is_file() or kind_of(found) == "SAFE":
        raise ImageError(
            f"{path.name} refers to {text[:80]!r}, which is not an image in its folder. Put all images beside it, or "
            "export it with gdal_translate."
        )
    return found
