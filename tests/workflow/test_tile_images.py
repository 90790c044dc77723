from io import BytesIO

import cv2
import numpy as np
import pytest

from seep.core.masks.classes import SeepClass
from seep.errors import MissingError
from seep.workflow.classes import get_classes, set_classes
from seep.workflow.tile_images import thumbnail
from seep.workflow.workspace import Workspace
from tests.actors import ADA
from tests.workflow.making import accept


def decoded(data: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(BytesIO(data).read(), np.uint8), cv2.IMREAD_COLOR)


def test_a_thumbnail_is_as_small_as_asked_and_kept_by_its_etag(
    workspace: Workspace, tiles: list[int]
) -> None:
    data, etag = thumbnail(workspace, 1, 32)
    assert decoded(data).shape == (32, 32, 3)
    assert thumbnail(workspace, 1, 32) == (data, etag)
    assert thumbnail(workspace, 1, 48)[1] != etag
    assert thumbnail(workspace, 1, 32, overlay=False)[1] != etag
    assert decoded(thumbnail(workspace, 1, 100_000)[0]).shape == (64, 64, 3)


def test_a_new_mask_and_a_new_color_change_the_etag(workspace: Workspace, tiles: list[int]) -> None:
    before = thumbnail(workspace, 1)[1]
    accept(workspace, 1, stripe=2)
    after = thumbnail(workspace, 1)[1]
    assert after != before
    classes = get_classes(workspace)
    set_classes(workspace, [*classes[:2], SeepClass(2, "Film", "#ff0000", "2"), *classes[3:]], ADA)
    assert thumbnail(workspace, 1)[1] != after


def test_the_overlay_is_in_the_color_of_its_class(workspace: Workspace, tiles: list[int]) -> None:
    accept(workspace, 1, stripe=3)
    plain, laid = (decoded(thumbnail(workspace, 1, 64, overlay=one)[0]).astype(int) for one in (False, True))
    _, green, red = (laid - plain)[31].mean(axis=0)
    assert green > red  # class 3 is #009e73


def test_no_such_tile(workspace: Workspace) -> None:
    with pytest.raises(MissingError):
        thumbnail(workspace, 1)
