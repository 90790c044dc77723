"""Thermal noise of a hand-built product, against the formula written out."""

import numpy as np
import pytest

from seep.core.geo.grid import Window
from seep.core.import_options import ImportOptions
from seep.core.records import TileRecord
from seep.errors import ImageError
from seep.io.decoding import Request, decode
from seep.io.readers.safe import LOWEST_SIGMA0, read_safe
from seep.io.readers.thermal_noise import noise_of
from seep.store import tile_queries
from seep.workflow.imports.importer import import_folder
from seep.workflow.tile_data import read_pixels
from seep_testing.image_files import write_safe
from tests.actors import ADA

ROWS, COLUMNS = 60, 80


def write_noise(product, *, old=False):
    """Range noise 1000 + 10 * line + pixel; azimuth factors 0.5 to 1.5 for pixels below 40, 2 for the others."""
    name, value = ("noiseVector", "noiseLut") if old else ("noiseRangeVector", "noiseRangeLut")
    vectors = "".join(
        f"<{name}><line>{line}</line><pixel>0 79</pixel>"
        f"<{value}>{1000 + 10 * line} {1079 + 10 * line}</{value}></{name}>"
        for line in (-10, 59)
    )
    blocks = "".join(
        "<noiseAzimuthVector><firstAzimuthLine>0</firstAzimuthLine><lastAzimuthLine>59</lastAzimuthLine>"
        f"<firstRangeSample>{first}</firstRangeSample><lastRangeSample>{last}</lastRangeSample>"
        f"<line>0 59</line><noiseAzimuthLut>{factors}</noiseAzimuthLut></noiseAzimuthVector>"
        for first, last, factors in ((0, 39, "0.5 1.5"), (40, 79, "2 2"))
    )
    for path in (product / "measurement").iterdir():
        target = product / "annotation" / "calibration" / f"noise-{path.stem}.xml"
        target.write_text(f"<noise>{vectors}{'' if old else blocks}</noise>")


def expected_noise(old=False):
    row, column = np.mgrid[0:ROWS, 0:COLUMNS].astype(np.float64)
    factor = np.where(column < 40, 0.5 + row / 59, 2.0)
    return (1000 + 10 * row + column) * (1 if old else factor)


@pytest.mark.parametrize("old", [False, True])
def test_the_noise_is_range_times_azimuth(tmp_path, old):
    product = write_safe(tmp_path)
    write_noise(product, old=old)
    measurement = next((product / "measurement").iterdir())
    whole = noise_of(measurement).at(Window(0, 0, COLUMNS, ROWS))
    np.testing.assert_allclose(whole, expected_noise(old), rtol=1e-5)
    part = noise_of(measurement).at(Window(30, 20, 25, 11))
    np.testing.assert_allclose(part, expected_noise(old)[20:31, 30:55], rtol=1e-5)


def expected_sigma0():
    row, column = np.mgrid[0:ROWS, 0:COLUMNS].astype(np.float64)
    number = 100 + row
    number[:5] = 0
    gain = 200 + 200 * row / (ROWS - 1) + column
    return np.where(number > 0, np.maximum((number**2 - expected_noise()) / gain**2, LOWEST_SIGMA0), 0)


def test_sigma0_without_noise_keeps_nodata_and_stays_above_it(tmp_path):
    product = write_safe(tmp_path)
    write_noise(product)
    image = read_safe(product, Window(0, 0, COLUMNS, ROWS), remove_noise=True)
    np.testing.assert_allclose(image[:, :, 0], expected_sigma0(), rtol=1e-4)
    assert (image[:5, :, 0] == 0).all()
    assert image[:, :, 1].min() == np.float32(LOWEST_SIGMA0)  # 50^2 is below the noise at the lower right


def test_an_import_removes_noise_on_request_only(workspace, tmp_path):
    product = write_safe(tmp_path)
    write_noise(product)
    report = import_folder(workspace, product, None, ImportOptions(remove_noise=True), ADA)
    assert (report.imported, report.refused) == (1, [])
    with workspace.store.reading() as session:
        (tile,) = tile_queries.list_tiles(session, limit=None)
    assert isinstance(tile, TileRecord)
    np.testing.assert_allclose(read_pixels(workspace, tile)[:, :, 0], expected_sigma0(), rtol=1e-4)
    assert ImportOptions().remove_noise is False


@pytest.mark.parametrize(
    ("text", "message"),
    [(None, "noise annotation .* is missing"), ("<noise/>", "0 vectors"), ("<noise>", "not valid XML")],
)
def test_a_product_without_usable_noise_vectors_is_refused(tmp_path, text, message):
    product = write_safe(tmp_path, polarizations="vv")
    if text is not None:
        write_noise(product)
        next((product / "annotation" / "calibration").glob("noise-*")).write_text(text)
    assert decode(Request(product, None, ImportOptions())).large
    with pytest.raises(ImageError, match=message):
        decode(Request(product, None, ImportOptions(remove_noise=True)))
