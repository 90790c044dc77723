"""Three hundred of the cases of `benchmarks.fuzz`, made from their numbers, and the comparison with other readers."""

import contextlib
from pathlib import Path

import geopandas
import numpy as np
import pytest
from shapely.geometry import Polygon

from benchmarks import fuzz
from benchmarks.fuzzing import annotations, archives, containers, masks, progress, tiffs
from benchmarks.fuzzing.annotations import IMAGE, SIDE, write_annotations
from benchmarks.fuzzing.cases import ANNOTATIONS, ARCHIVES, CLASS_LISTS, CONTAINERS, Case, case
from benchmarks.fuzzing.feeding import Feeder
from benchmarks.fuzzing.reference import contradicts, read_reference
from seep.core.import_options import AnnotationOptions, ImportOptions
from seep.errors import SeepError
from seep.io.archives import unpack
from seep.io.class_files import read_class_file
from seep.io.decoding import Request
from seep.io.images import read_image
from seep.io.sandbox import SANDBOX
from seep_testing.image_files import write_geotiff

CASES = 300
GROUP = 30


@pytest.mark.parametrize("first", range(0, CASES, GROUP))
def test_mutated_files_come_in_or_are_refused_with_a_sentence(tmp_path: Path, first: int) -> None:
    deaths, unexpected = SANDBOX.deaths, SANDBOX.unexpected
    (tmp_path / "in").mkdir()
    image = write_geotiff(tmp_path / "in" / IMAGE, np.full((SIDE, SIDE), 9, np.uint16))
    for number in range(first, first + GROUP):
        one = case(number)
        path = tmp_path / "in" / one.name
        write_annotations(path, one.data)
        with contextlib.suppress(SeepError):
            if one.kind in ARCHIVES:
                unpack(path, tmp_path / "in" / f"{number}")
            elif one.kind in CLASS_LISTS:
                read_class_file(path)
            elif one.kind in ANNOTATIONS:
                for found in SANDBOX.read_shapes(path, options=AnnotationOptions(number % 2 == 0)).images:
                    SANDBOX.decode(Request(image, None, ImportOptions(), found))
            elif one.kind in CONTAINERS:
                containers.write_container(path, one.data)
                SANDBOX.convert(path, path.with_suffix(".tif"))
                SANDBOX.decode(Request(path.with_suffix(".tif"), None, ImportOptions()))
            else:
                SANDBOX.decode(Request(path, path if number % 3 == 0 else None, ImportOptions()))
    assert (SANDBOX.deaths, SANDBOX.unexpected) == (deaths, unexpected)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_case_is_the_same_everywhere() -> None:
    assert case(4).data == case(4).data
    assert [case(number).kind for number in range(4)] == ["tif", "tif", "png", "zip"]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.hdr", containers.ENVI.encode()),
        ("a.vrt", containers.VRT.format(source="pixels.tif").encode()),
        ("a.dim", containers.intact_dimap()),
    ],
)
def test_undamaged_containers_are_converted_exactly(tmp_path: Path, name: str, data: bytes) -> None:
    containers.write_container(tmp_path / name, data)
    SANDBOX.convert(tmp_path / name, tmp_path / "out.tif")
    np.testing.assert_array_equal(read_image(tmp_path / "out.tif"), containers.PIXELS)


def intact(kind: str, number: int, content: str | bytes) -> Case:
    return Case(number, kind, content if isinstance(content, bytes) else content.encode())


def intact_cases() -> list[Case]:
    """One undamaged file of each kind that may bring a mask."""
    random = np.random.default_rng(1)
    contents: list[tuple[str, str | bytes]] = [("json", one) for one in annotations.intact_json()]
    contents += [("xml", one) for one in annotations.XML] + [("csv", one) for one in annotations.CSV]
    contents += [("txt", annotations.YOLO[0]), ("gpkg", annotations.geopackage())]
    found = [intact(kind, number, content) for number, (kind, content) in enumerate(contents)]
    found.append(intact("mask_tif", 100, masks.make_tiff(random)))
    for number, kind in ((101, "tar"), (102, "set_zip")):
        stem = archives.stem_of(number)
        members = [(f"images/{stem}.tif", tiffs.make(0)), (f"masks/{stem}.tif", masks.make_tiff(random))]
        found.append(intact(kind, number, archives.pack(kind, members)))
    return found


def test_independent_readers_confirm_undamaged_files_of_every_kind(tmp_path: Path) -> None:
    cases = intact_cases()
    with Feeder(tmp_path, limit_s=60) as feeder:
        feeder.feed(cases)
    assert feeder.kept == []
    assert feeder.counts["confirmed"] == len(cases)
    assert feeder.counts["unread"] == feeder.counts["refused"] == feeder.counts["refused_sources"] == 0


def test_a_wrong_mask_contradicts_the_independent_reader(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(annotations.CSV[0])
    reference, outlined = read_reference("csv", str(path), Path(IMAGE).stem, SIDE)
    assert not outlined
    assert int((reference == 1).sum()) == 18
    assert not contradicts(reference, reference, outlined)
    assert contradicts(reference.T.copy(), reference, outlined)

    block = np.zeros((SIDE, SIDE), np.uint8)
    block[10:20, 10:20] = 1
    assert not contradicts(np.roll(block, 1, axis=0), block, outlined=True)
    assert contradicts(np.roll(block, 1, axis=0), block, outlined=False)
    assert contradicts(np.roll(block, 9, axis=0), block, outlined=True)
    assert contradicts(2 * block, block, outlined=True)


def read_csv(path: Path, text: str) -> np.ndarray:
    path.write_text(text)
    return read_reference("csv", str(path), Path(IMAGE).stem, SIDE)[0]


def test_the_referee_reads_run_lengths_of_the_image_itself(tmp_path: Path) -> None:
    rows = f"{IMAGE},1,1 10\n{Path(IMAGE).stem}.jpg,2,100 5\n"
    both = read_csv(tmp_path / "a.csv", f"ImageId,ClassId,EncodedPixels\n{rows}")
    assert ((both == 1).sum(), (both == 2).sum()) == (10, 0)
    by_stem = read_csv(tmp_path / "a.csv", f"Id,ClassId,EncodedPixels\n{rows.splitlines()[1]}\n")
    assert (by_stem == 2).sum() == 5
    with pytest.raises(ValueError, match="no column of images"):
        read_csv(tmp_path / "a.csv", f"Imag,ClassId,EncodedPixels\n{rows}")


def test_the_referee_fills_a_ring_that_crosses_itself(tmp_path: Path) -> None:
    ring = [(500_000, 4_500_000), (500_200, 4_499_800), (500_200, 4_500_000), (500_000, 4_499_800)]
    frame = geopandas.GeoDataFrame({"n": [1]}, geometry=[Polygon(ring)], crs="EPSG:32633")
    assert frame.geometry.area[0] == 0
    frame.to_file(tmp_path / "a.gpkg")
    reference, _ = read_reference("gpkg", str(tmp_path / "a.gpkg"), "", SIDE)
    assert 180 <= (reference == 1).sum() <= 220


def test_a_run_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    first = progress.load(state, 0)
    fuzz.run([(0, 3)], first, 1, state)
    again = progress.load(state, 0)
    assert (again.next, again.counts["cases"]) == (3, 3)
    fuzz.run([(again.next, 5)], again, 1, state)
    done = progress.load(state, 0)
    assert (done.next, done.counts["cases"]) == (5, 5)
    with pytest.raises(SystemExit, match="is of other cases"):
        progress.load(state, 7)
