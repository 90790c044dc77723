import json
from pathlib import Path

import pytest

from research.quality import __main__ as quality
from tests.workflow.making import write_tiles

SCENES = ("a1", "a2", "b1")


def test_variants_are_compared_on_scenes_that_they_have_not_seen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images, masks = write_tiles(tmp_path, SCENES, each=1)
    command = [str(images), str(masks), "--cache", str(tmp_path / "cache"), "--variants", "seep-plain"]
    command += [
        "unet-binary",
        "--width",
        "2",
        "--pflop",
        "1e-9",
        "--held-out",
        "a1,a2",
        "b1",
        "--threads",
        "1",
    ]
    quality.main(command)
    *_, last = capsys.readouterr().out.splitlines()
    told = json.loads(last)
    assert told["split_holdout"] == [["a1", "a2"], ["b1"]]
    assert [one["variant"] for one in told["results"]] == ["seep-plain", "unet-binary"]
    assert all(sorted(one["iou_per_scene"]) == [*SCENES] for one in told["results"])
    assert told["results"][1]["behind_first"]["scenes"] == 3
