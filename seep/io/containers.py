"""Converts ENVI, VRT, BEAM-DIMAP, NetCDF, HDF5 and channels of nnU-Net to GeoTIFF; sandbox processes call this.

These formats depend on other files or hold several variables, so they are not read in place. GDAL opens them with a
named driver, after a check that all of their files lie in one folder.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np
import rasterio
from rasterio._err import CPLE_BaseError
from rasterio.control import GroundControlPoint
from rasterio.errors import RasterioError
from rasterio.io import DatasetReader
from rasterio.windows import Window as Span

from seep.core.geo.georeference import Georeference
from seep.errors import ImageError
from seep.io.header import OMITTED_GRIDS, OMITTED_TAG, ImageHeader, check_growth, check_size
from seep.io.images import DRIVERS, kind_of
from seep.io.readers import gdal
from seep.io.readers.dimap import DimapProduct, read_product
from seep.io.readers.geolocation import place_of_grids
from seep.io.readers.netcdf import HDF5_MAGIC, NETCDF_MAGICS, NETCDF_SUFFIXES
from seep.io.readers.nnunet import channel_names, channels_of
from seep.io.readers.variables import opened_variables
from seep.io.xml import parse_xml

_STARTS = {
    ".hdr": (b"ENVI", "ENVI"),
    ".vrt": (b"<VRTDataset", "VRT"),
    ".dim": (b"<Dimap_Document", "BEAM-DIMAP"),
}
CHANNELS = "nnU-Net channels"
KINDS = (*(kind for _, kind in _STARTS.values()), "NetCDF", "HDF5", CHANNELS)
"""Formats that are converted at import."""
_ENVI_DATA = ("", ".img", ".dat", ".bin", ".raw", ".bsq", ".bil", ".bip")
_ENVI_BYTES = {1: 1, 2: 2, 3: 4, 4: 4, 5: 8, 6: 8, 9: 16, 12: 2, 13: 4, 14: 8, 15: 8}
"""Bytes per pixel by data type."""
_START_BYTES = 512
_OF_CHANNELS = ("TIFF", "PNG", "JPEG", "JPEG 2000")
_ROWS = 512
_VRT_ROOT = {"SRS", "GeoTransform", "GCPList", "Metadata", "VRTRasterBand", "OverviewList"}
_VRT_BAND = {
    *("ColorInterp", "ColorTable", "Description", "NoDataValue", "Metadata", "Offset", "Scale", "UnitType"),
    *("SimpleSource", "ComplexSource", "HideNoDataValue", "CategoryNames", "Histograms"),
}


@dataclass(frozen=True)
class _Band:
    """A band of an open dataset, with its description in the GeoTIFF."""

    dataset: DatasetReader
    number: int
    name: str
    nodata: float | None
    scale: float
    offset: float


def container_of(path: Path) -> str | None:
    """Return the format of a file that is converted at import, such as "ENVI"; None for others."""
    if channels_of(path):
        return CHANNELS
    try:
        with path.open("rb") as file:
            start = file.read(_START_BYTES)
    except OSError:
        return None
    if start.startswith(HDF5_MAGIC):
        # NetCDF-4 is HDF5 inside.
        return "NetCDF" if path.suffix.lower() in NETCDF_SUFFIXES else "HDF5"
    if start.startswith(NETCDF_MAGICS):
        return "NetCDF"
    sign, kind = _STARTS.get(path.suffix.lower(), (b"", None))
    found = start.startswith(sign) if kind == "ENVI" else sign in start
    return kind if found else None


def is_envi_data(path: Path) -> bool:
    """Return whether a file holds the pixels of an ENVI header beside it."""
    if path.suffix.lower() not in _ENVI_DATA:
        return False
    return any(
        container_of(one) == "ENVI" for one in (path.with_suffix(".hdr"), path.with_name(f"{path.name}.hdr"))
    )


def parts_of(path: Path) -> list[Path]:
    """Return a file, and the files with its pixels.

    Raises:
        ImageError: one of them is missing, lies in another folder, or has a format that is not read.
    """
    kind = container_of(path)
    if kind == CHANNELS:
        return _channels(path)
    if kind == "VRT":
        return [path, *_vrt_sources(path)]
    if kind == "BEAM-DIMAP":
        return [path, *(part for header in _dimap_headers(read_product(path)) for part in parts_of(header))]
    if kind != "ENVI":
        return [path]
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
        ImageError: damaged, too large, or its files are not all in one folder; or it has several variables.
    """
    parts = parts_of(path)
    with _opened(path, parts) as (bands, header):
        check_size(header, path.name)
        check_growth(header, path.name, sum(one.stat().st_size for one in parts))
        for part in parts:
            _check_complete(part)
        _write(bands, header, target)


def _write(bands: list[_Band], header: ImageHeader, target: Path) -> None:
    profile = {
        "height": header.height,
        "width": header.width,
        "count": header.bands,
        "nodata": bands[0].nodata,
        "dtype": header.stored_dtype or header.dtype,
        "compress": "deflate",
        "bigtiff": "IF_SAFER",
    }
    with gdal.without_place():
        made = rasterio.open(target, "w", driver="GTiff", **profile)
    with made:
        place = header.georeference
        if place is not None and place.transform is not None:
            made.transform, made.crs = rasterio.Affine(*place.transform), place.crs
        elif place is not None:
            points = [GroundControlPoint(row=r, col=c, x=x, y=y) for r, c, x, y in place.gcps]
            made.gcps = (points, rasterio.crs.CRS.from_user_input(place.gcp_crs))
        if OMITTED_GRIDS in header.ignored:
            made.update_tags(**{OMITTED_TAG: "1"})
        for number, band in enumerate(bands, 1):
            made.set_band_description(number, band.name)
        made.scales = [band.scale for band in bands]
        made.offsets = [band.offset for band in bands]
        for top in range(0, header.height, _ROWS):
            span = Span(0, top, header.width, min(_ROWS, header.height - top))
            for number, band in enumerate(bands, 1):
                made.write(np.asarray(band.dataset.read(band.number, window=span)), number, window=span)


def _check_complete(part: Path) -> None:
    """Refuse a truncated ENVI image, whose missing pixels GDAL would read as 0."""
    if container_of(part) != "ENVI":
        return
    data = parts_of(part)[1]
    found = {
        key: int(value)
        for key, value in re.findall(
            r"(?im)^\s*(header offset|bands|samples|lines|data type)\s*=\s*(\d+)",
            part.read_text("latin-1").lower(),
        )
    }
    pixels = found.get("samples", 0) * found.get("lines", 0) * found.get("bands", 1)
    wanted = pixels * _ENVI_BYTES.get(found.get("data type", 0), 1) + found.get("header offset", 0)
    if data.stat().st_size < wanted:
        raise ImageError(
            f"{part.name}: {data.name} has {data.stat().st_size} bytes instead of {wanted}. It is truncated or "
            "compressed. Export it again, without compression."
        )


@contextmanager
def _opened(path: Path, parts: list[Path]) -> Iterator[tuple[list[_Band], ImageHeader]]:
    """Open a file and yield its bands, and a header that describes all of them."""
    kind = container_of(path)
    try:
        options = {**gdal.OPTIONS, "GDAL_DISABLE_READDIR_ON_OPEN": "TRUE"}  # EMPTY_DIR hides the ENVI header
        with rasterio.Env(**options), ExitStack() as stack:
            place, omitted = None, False
            if kind == "BEAM-DIMAP":
                bands, place, omitted = _dimap_bands(path, stack)
            elif kind in {"HDF5", "NetCDF"}:
                variables = stack.enter_context(opened_variables(path))
                bands = [band for name, image in variables.images.items() for band in _bands(image, name)]
                place, omitted = variables.place, variables.omitted_grids
            elif kind == CHANNELS:
                bands = _channel_bands(parts, stack)
            else:
                bands = _bands(
                    _open(path, "VRT", stack) if kind == "VRT" else _open(parts[1], "ENVI", stack), ""
                )
            header = _common_header(path, bands)
            place = header.georeference or place
            ignored = (OMITTED_GRIDS,) if omitted and place is None else ()
            yield bands, replace(header, georeference=place, ignored=ignored)
    except (RasterioError, CPLE_BaseError, ValueError, IndexError, OSError) as error:
        reason = str(error.__cause__ or error).replace(str(path.parent), ".")[:120]
        raise ImageError(f"{path.name} is damaged or truncated ({reason}). Export it again.") from error


def _open(path: Path, driver: str, stack: ExitStack) -> DatasetReader:
    with gdal.without_place():
        return stack.enter_context(rasterio.open(path, driver=driver))


def _channels(path: Path) -> list[Path]:
    """Return the channels of an image of nnU-Net."""
    channels = channels_of(path)
    missing = [one.name for one in channels if not one.is_file()]
    if missing:
        raise ImageError(
            f"{path.name} is a channel of nnU-Net, but {', '.join(missing[:3])} beside it is missing. Provide all "
            "channels of each image."
        )
    unread = [one.name for one in channels if kind_of(one) not in _OF_CHANNELS]
    if unread:
        raise ImageError(f"{unread[0]} is a channel of nnU-Net. Provide channels as TIFF or PNG.")
    return channels


def _channel_bands(parts: list[Path], stack: ExitStack) -> list[_Band]:
    known = channel_names(parts[0].parent.parent)
    names = known if len(known) == len(parts) else [f"channel {number}" for number in range(len(parts))]
    return [
        band
        for part, name in zip(parts, names, strict=True)
        for band in _bands(_open(part, DRIVERS.get(kind_of(part), kind_of(part)), stack), name)
    ]


def _bands(dataset: DatasetReader, name: str) -> list[_Band]:
    numbers = gdal.color_bands(dataset)
    return [
        _Band(
            dataset,
            number,
            dataset.descriptions[number - 1] or (name if len(numbers) == 1 else ""),
            dataset.nodata,
            dataset.scales[number - 1],
            dataset.offsets[number - 1],
        )
        for number in numbers
    ]


def _common_header(path: Path, bands: list[_Band]) -> ImageHeader:
    first = gdal.header_of(bands[0].dataset, path.name)
    for band in bands:
        one = band.dataset
        if (one.shape, one.dtypes[0]) != (bands[0].dataset.shape, bands[0].dataset.dtypes[0]):
            raise ImageError(
                f"{path.name}: band {band.name[:40]} has another size or type than {bands[0].name[:40]}. Export bands "
                "of one size and type."
            )
    return replace(first, bands=len(bands))


def _dimap_headers(product: DimapProduct) -> list[Path]:
    points = product.tie_points
    return [
        *(band.header for band in product.bands),
        *([points.latitude, points.longitude] if points else []),
    ]


def _dimap_bands(path: Path, stack: ExitStack) -> tuple[list[_Band], Georeference | None, bool]:
    """Open the bands of a product; return them, the place from its tie points, and whether these are not used."""
    product = read_product(path)
    bands = [
        _Band(
            _open(parts_of(band.header)[1], "ENVI", stack), 1, band.name, band.nodata, band.scale, band.offset
        )
        for band in product.bands
    ]
    points = product.tie_points
    if points is None:
        return bands, None, False
    latitude, longitude = (
        _open(parts_of(one)[1], "ENVI", stack) for one in (points.latitude, points.longitude)
    )
    place = place_of_grids(latitude, longitude, points.offset, points.step)
    return bands, place, place is None


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
    return sorted({_vrt_source(path, source) for source in sources})


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
