"""Reads Sentinel-1 GRD products in SAFE folders as calibrated sigma0 with polarizations as bands.

sigma0 = DN^2 / A^2 with A from the calibration annotation's look-up table `sigmaNought`, bilinear between its
vectors (Sentinel-1 Product Specification, S1-RS-MDA-52-7441; Radiometric Calibration of S-1 Level-1 Products,
ESA-EOPG-CSCOP-TN-0002). Thermal noise is removed on request: sigma0 = (DN^2 - noise) / A^2.
"""

import re
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from seep.core.geo.georeference import WGS84, Georeference, checked_georeference
from seep.core.geo.grid import Window
from seep.errors import ImageError
from seep.io.header import ImageHeader
from seep.io.readers.gdal import header_of, opened, read_pixels
from seep.io.readers.lookup_table import LookupTable, annotation_file, read_table
from seep.io.readers.thermal_noise import noise_of
from seep.io.readers.tiff import first_page
from seep.io.readers.tiff import header_of as page_header
from seep.io.xml import parse_xml

SUFFIX = ".safe"
_ORDER = ("VV", "HH", "VH", "HV")
_MANIFEST = "manifest.safe"
_MEASUREMENT = re.compile(
    r"(?:s1[a-d]-[a-z0-9]+-grd[a-z0-9]*-(?P<polarization>vv|vh|hh|hv)-.*|(?:iw|ew|s[1-6])-(?P<short>vv|vh|hh|hv))"
    r"\.tiff?",
    re.IGNORECASE,
)
"""Names of ESA, and the short ones of the archives on AWS and the Planetary Computer."""
_OTHER_PRODUCT = re.compile(r"s1[a-d]-[a-z0-9]+-(slc|ocn|raw)-.*", re.IGNORECASE)
_OTHER_NAMES = {"slc": "single-look complex (SLC)", "ocn": "ocean (OCN)", "raw": "raw (RAW)"}
_TIME = re.compile(r"_(\d{8}T\d{6})_")
LOWEST_SIGMA0 = 1e-5
"""Smallest sigma0 (-50 dB) after removal of thermal noise, since 0 is nodata."""


def is_safe(path: Path) -> bool:
    """Return whether a path is the folder of a SAFE product, by its suffix or its manifest."""
    if not path.is_dir():
        return False
    return path.suffix.lower() == SUFFIX or (path / _MANIFEST).is_file()


def acquired_at(name: str) -> str | None:
    """Return the acquisition start in the name of a product as ISO 8601 in UTC; None if there is none."""
    match = _TIME.search(name)
    if match is None:
        return None
    try:
        when = datetime.strptime(match[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        return None
    return when.isoformat(timespec="seconds")


def read_safe_header(folder: Path) -> ImageHeader:
    """Read the header of a product: its polarizations as bands, co-polarized first, of float32 sigma0.

    Raises:
        ImageError: a GRD measurement or calibration is missing or cannot be read.
    """
    found = measurements(folder)
    headers = [_measurement_header(path) for path in found.values()]
    first = headers[0]
    if any((header.height, header.width) != (first.height, first.width) for header in headers):
        raise ImageError(f"The polarizations of {folder.name} differ in size. Download the product again.")
    for path in found.values():
        calibration_of(path)
    return ImageHeader(
        height=first.height,
        width=first.width,
        bands=len(found),
        dtype="float32",
        nodata=0.0,
        band_names=tuple(found),
        unit="linear",
        georeference=next((header.georeference for header in headers if header.georeference), None)
        or geolocation_of(next(iter(found.values()))),
        compression=first.compression,
    )


def read_safe(folder: Path, window: Window, remove_noise: bool = False) -> npt.NDArray[Any]:
    """Read sigma0 of a window: (H, W), or (H, W, bands) for several polarizations; 0 is nodata.

    With `remove_noise`, measured pixels have at least `LOWEST_SIGMA0`.
    """
    found = []
    for path in measurements(folder).values():
        with opened(path, "GTiff") as dataset:
            numbers = read_pixels(dataset, window).astype(np.float32)
        if remove_noise:
            power = np.square(numbers) - noise_of(path).at(window)
            sigma0 = np.maximum(power / np.square(calibration_of(path).at(window)), np.float32(LOWEST_SIGMA0))
            found.append(np.where(numbers > 0, sigma0, np.float32(0)))
        else:
            found.append((numbers / calibration_of(path).at(window)) ** 2)
    return found[0] if len(found) == 1 else np.stack(found, axis=-1)


def check_noise(folder: Path) -> None:
    """Check that the thermal noise of a product can be removed.

    Raises:
        ImageError: a noise annotation is missing or damaged.
    """
    for path in measurements(folder).values():
        noise_of(path)


def measurements(folder: Path) -> dict[str, Path]:
    """Return the measurement file of each polarization, in the order of `read_safe_header`.

    Raises:
        ImageError: there is no GRD measurement.
    """
    found: dict[str, Path] = {}
    others: set[str] = set()
    try:
        for path in sorted((folder / "measurement").iterdir()):
            match = _MEASUREMENT.fullmatch(path.name)
            if match is not None and path.is_file():
                found.setdefault((match["polarization"] or match["short"]).upper(), path)
            elif other := _OTHER_PRODUCT.match(path.name):
                others.add(_OTHER_NAMES[other[1].lower()])
    except OSError as error:
        raise ImageError(f"{folder.name} has no readable folder measurement: {error.strerror}.") from error
    if not found:
        kind = f"is a {', '.join(sorted(others))} product" if others else "contains no GRD measurement"
        raise ImageError(f"{folder.name} {kind}. Provide a Sentinel-1 GRD product.")
    return {name: found[name] for name in _ORDER if name in found}


def geolocation_of(measurement: Path) -> Georeference | None:
    """Return the geolocation grid of a measurement's annotation; None if there is none.

    It is used where the TIFF has lost its ground control points, which are the same points.

    Raises:
        ImageError: the annotation is damaged.
    """
    path = measurement.parent.parent / "annotation" / f"{measurement.stem}.xml"
    if not path.is_file():
        return None
    points = parse_xml(path).findall(".//geolocationGridPoint")
    try:
        gcps = [
            (
                float(point.findtext("line", "")),
                float(point.findtext("pixel", "")),
                float(point.findtext("longitude", "")),
                float(point.findtext("latitude", "")),
            )
            for point in points
        ]
    except ValueError as error:
        raise ImageError(
            f"The geolocation grid of {path.name} is damaged ({error}). Download the product again."
        ) from error
    if not gcps:
        return None
    return checked_georeference(Georeference(None, None, tuple(gcps), WGS84))


def incidence_of(folder: Path) -> LookupTable | None:
    """Read the incidence angles of a product, degrees, from the geolocation grid; None if it has none.

    Raises:
        ImageError: there is no measurement, or the annotation is damaged.
    """
    measurement = next(iter(measurements(folder).values()))
    path = folder / "annotation" / f"{measurement.stem}.xml"
    return _read_incidence(path, path.stat().st_mtime_ns) if path.is_file() else None


@lru_cache(maxsize=64)
def _read_incidence(path: Path, _changed: int) -> LookupTable | None:
    lines: dict[float, list[tuple[float, float]]] = {}
    try:
        for one in parse_xml(path).findall(".//geolocationGridPoint"):
            text = one.findtext("incidenceAngle")
            if text is not None:
                point = (float(one.findtext("pixel", "")), float(text))
                lines.setdefault(float(one.findtext("line", "")), []).append(point)
    except ValueError as error:
        raise ImageError(
            f"The geolocation grid of {path.name} is damaged ({error}). Download the product again."
        ) from error
    if not lines:
        return None
    rows = [np.array(sorted(lines[line])) for line in sorted(lines)]
    if not all(np.isfinite(row).all() for row in rows):
        raise ImageError(f"The geolocation grid of {path.name} is damaged. Download the product again.")
    return LookupTable(
        np.array(sorted(lines)), tuple(row[:, 0] for row in rows), tuple(row[:, 1] for row in rows)
    )


def calibration_of(measurement: Path) -> LookupTable:
    """Read the calibration of a measurement.

    Raises:
        ImageError: the calibration is missing or damaged.
    """
    remedy = "Provide the complete SAFE folder."
    path, changed = annotation_file(measurement, "calibration", "calibration", remedy)
    return _read_calibration(path, changed)


@lru_cache(maxsize=16)
def _read_calibration(path: Path, _changed: int) -> LookupTable:
    root = parse_xml(path)
    vectors = root.findall(".//calibrationVector")
    try:
        return read_table(vectors, "sigmaNought")
    except ValueError as error:
        raise ImageError(
            f"The calibration {path.name} is damaged ({error}). Download the product again."
        ) from error


def _measurement_header(path: Path) -> ImageHeader:
    with first_page(path) as page:
        page_header(page, path)
    with opened(path, "GTiff") as dataset:
        return header_of(dataset, path.name)
