"""Three hundred of the cases of `benchmarks.fuzz`, made from their numbers."""

import contextlib
from pathlib import Path

import numpy as np
import pytest

from benchmarks.fuzzing.annotations import IMAGE, SIDE, write_annotations
from benchmarks.fuzzing.cases import ANNOTATIONS, case
from seep.core.import_options import ImportOptions
from seep.errors import SeepError
from seep.io.archives import unpack
from seep.io.decoding import Request
from seep.io.sandbox import SANDBOX
from tests.io.making import write_geotiff

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
            if one.kind == "zip":
                unpack(path, tmp_path / "in" / f"{number}")
            elif one.kind in ANNOTATIONS:
                for found in SANDBOX.read_shapes(path, boxes=number % 2 == 0):
                    SANDBOX.decode(Request(image, None, ImportOptions(), found))
            else:
                SANDBOX.decode(Request(path, path if number % 3 == 0 else None, ImportOptions()))
    assert (SANDBOX.deaths, SANDBOX.unexpected) == (deaths, unexpected)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_case_is_the_same_everywhere() -> None:
    assert case(4).data == case(4).data
    assert [case(number).kind for number in range(4)] == ["tif", "tif", "png", "zip"]
