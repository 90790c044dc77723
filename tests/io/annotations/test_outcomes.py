"""Elements in = taken + left out, for damaged files of every format.

`python -m benchmarks.outcomes` runs the same on 10,000 files per format.
"""

import random
from pathlib import Path

import geopandas
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.fuzzing.outcomes import FORMATS, check
from benchmarks.outcomes import violations_of
from seep.io.annotations import coco
from seep.io.annotations.reading import read_file

SETTINGS = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("form", FORMATS)
@SETTINGS
@given(seed=st.randoms(), times=st.integers(0, 4))
def test_every_element_is_taken_or_left_out_with_a_reason(
    tmp_path: Path, form: str, seed: random.Random, times: int
) -> None:
    assert check(form, tmp_path, seed, times) == ""


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_is_lost_in_undamaged_files(tmp_path: Path, form: str) -> None:
    assert check(form, tmp_path, random.Random(0), 0) == ""


def test_the_benchmark_counts_files_whose_elements_are_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    assert violations_of("COCO", 20) == 0
    monkeypatch.setattr(coco, "_parts", lambda annotation: [("box", annotation)])
    assert violations_of("COCO", 20) > 0


SQUARE = shapely.box(500_100, 4_499_800, 500_300, 4_499_900)
FAR = shapely.box(500_100, 1e30, 500_300, 2e30)
GEOMETRIES = {
    "polygon": (SQUARE, 1),
    "polygon that is not on the Earth": (FAR, 1),
    "several": (shapely.MultiPolygon([SQUARE, shapely.affinity.translate(SQUARE, 500)]), 2),
    "collection": (
        shapely.GeometryCollection([SQUARE, shapely.Point(1, 2), shapely.LineString([(1, 2), (3, 4)])]),
        3,
    ),
    "point": (shapely.Point(500_100, 4_499_800), 1),
    "empty": (shapely.Polygon(), 1),
    "none": (None, 1),
}


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    kinds=st.lists(st.sampled_from(list(GEOMETRIES)), min_size=1, max_size=6),
    labels=st.lists(st.sampled_from([None, "", "Oil", "7"]), min_size=6, max_size=6),
)
def test_every_geometry_of_a_vector_layer_is_taken_or_left_out(
    tmp_path: Path, kinds: list[str], labels: list[str | None]
) -> None:
    path = tmp_path / "a.gpkg"
    path.unlink(missing_ok=True)
    geometries = [GEOMETRIES[kind][0] for kind in kinds]
    frame = geopandas.GeoDataFrame({"label": labels[: len(kinds)]}, geometry=geometries, crs="EPSG:32633")
    frame.to_file(path)
    (found,) = read_file(path).images
    left = sum(one.count for one in found.left_out)
    assert len(found.shapes) + left == sum(GEOMETRIES[kind][1] for kind in kinds)
    assert all(one.reason for one in found.left_out if one.kind.startswith("damaged"))
