import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import tifffile

from benchmarks.study import ARMS, Cell, compare, main, plan
from seep.core.import_options import ImportOptions
from seep.errors import SettingsError
from seep.settings import read_settings
from seep.workflow.imports.importer import import_folder
from seep.workflow.review import revisions
from seep.workflow.review.active_time import read_time, record_times
from seep.workflow.workspace import open_workspace
from tests.actors import ADA, BO
from tests.workflow.making import tile_ids
from tests.workflow.review.test_active_time import piece

FACTOR = {"manual": 1.0, "prediction": 0.5, "loop": 0.25}


def cells(seed: int = 0, noise: float = 0.05, people: int = 6, scenes: int = 12) -> list[Cell]:
    """Cells of a planned study in which prediction halves and the loop quarters the time at equal F1."""
    random = np.random.default_rng(seed)
    names = [f"p{number}" for number in range(people)], [f"s{number}" for number in range(scenes)]
    speed = {name: random.uniform(0.5, 2) for name in names[0]}
    size = {name: random.uniform(1, 10) for name in names[1]}
    found = []
    for person, _, arm, scene in plan(*names):
        f1 = random.uniform(0.7, 0.9)
        minutes = FACTOR[arm] * speed[person] * size[scene] * np.exp(3 * f1 + random.normal(0, noise))
        found.append(Cell(arm, person, scene, 10, float(minutes), f1=f1, predicted=10, unchanged=4))
    return found


def test_every_arm_is_in_every_period_and_on_every_scene_equally_often() -> None:
    rows = plan(["a", "b", "c"], [f"s{number}" for number in range(6)])
    assert Counter((period, arm) for _, period, arm, _ in rows) == Counter(
        {(period, arm): 2 for period in (1, 2, 3) for arm in ARMS}
    )
    assert set(Counter((arm, scene) for _, _, arm, scene in rows).values()) == {1}
    assert set(Counter((person, scene) for person, _, _, scene in rows).values()) == {1}


def test_the_ratio_of_the_arms_is_found_at_equal_quality() -> None:
    rows = {row["arm"]: row for row in compare(cells())}
    for arm, factor in FACTOR.items():
        assert rows[arm]["ratio"] == pytest.approx(factor, rel=0.05)
        low, high = rows[arm]["ratio_interval"]
        assert low <= factor <= high
    assert rows["loop"]["interval"][0] < rows["loop"]["minutes"] < rows["loop"]["interval"][1]
    assert rows["loop"]["unchanged"] == 0.4


def test_without_noise_the_minutes_are_those_of_the_mean_person_and_scene() -> None:
    made = cells(noise=0)
    mean_f1 = np.mean([cell.f1 for cell in made])
    logs = [np.log(cell.minutes / FACTOR[cell.arm]) - 3 * (cell.f1 or 0) for cell in made]
    expected = np.exp(np.mean(logs) + 3 * mean_f1)
    assert compare(made)[0]["minutes"] == pytest.approx(expected)


def test_sessions_that_cannot_separate_the_arms_are_refused() -> None:
    confounded = [Cell(arm, arm, scene, 1, 2.0, f1=0.8) for arm in ARMS for scene in ("s", "t", "u")]
    with pytest.raises(SettingsError, match="cannot separate the arms"):
        compare(confounded)
    with pytest.raises(SettingsError, match="two arms"):
        compare([Cell("manual", "a", "s", 1, 2.0, f1=0.8)])


def test_recorded_sessions_are_measured_from_their_workspaces(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("seep.workflow.workspace.SHIPPED_CHECKPOINT", tmp_path / "none.safetensors")
    images, masks = tmp_path / "images", tmp_path / "masks"
    images.mkdir()
    masks.mkdir()
    truth = np.zeros((64, 64), np.uint8)
    truth[20:24, 5:60] = 1
    for scene in "abcd":
        for number in range(2):
            image = np.random.default_rng(number).integers(1, 60_000, (64, 64)).astype(np.uint16)
            tifffile.imwrite(images / f"{scene}.{number:06d}.tif", image)
            tifffile.imwrite(masks / f"{scene}.{number:06d}.tif", truth)
    sessions = []
    # Each person works on two scenes by hand and on the other two in the loop, which takes half of the time.
    for arm, person, scenes, seconds in (
        ("manual", ADA, "ab", 120),
        ("loop", ADA, "cd", 60),
        ("manual", BO, "cd", 240),
        ("loop", BO, "ab", 120),
    ):
        folder = tmp_path / f"{person.name}-{arm}"
        workspace = open_workspace(read_settings({"SEEP_WORKSPACE": str(folder)}), create=True)
        import_folder(workspace, images, None, ImportOptions(), ADA)
        for tile_id in tile_ids(workspace):
            tile = revisions.get_tile(workspace, tile_id)
            if tile.scene in scenes:
                revisions.save_mask(
                    workspace,
                    tile_id,
                    truth,
                    "accept",
                    actor=person,
                    base_revision_id=None,
                    request_id=tile.name,
                )
                record_times(workspace, [read_time(piece(tile_id, seconds, keys=3))], person)
        sessions.append({"arm": arm, "workspace": folder.name})
    study = tmp_path / "study.json"
    study.write_text(json.dumps({"reference": "masks", "sessions": sessions}))
    main(["measure", str(study)])
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert len(result["cells"]) == 8  # scenes that nobody decided are left out
    by_cell = {(cell["arm"], cell["person"], cell["scene"]): cell for cell in result["cells"]}
    first = by_cell["manual", "ada", "a"]
    assert (first["minutes"], first["clicks"], first["keys"], first["f1"]) == (4, 4, 6, 1)
    assert (first["missed"], first["false"], first["tiles"]) == (0, 0, 2)
    assert [round(row["ratio"], 6) for row in result["arms"]] == [1, 0.5]


def test_a_file_that_is_no_study_is_refused(tmp_path: Path) -> None:
    study = tmp_path / "study.json"
    study.write_text('{"sessions": []}')
    with pytest.raises(SettingsError, match="does not describe a study"):
        main(["measure", str(study)])
    study.write_text('{"reference": ".", "sessions": [{"arm": "fast", "workspace": "w"}]}')
    with pytest.raises(SettingsError, match="unknown arm 'fast'"):
        main(["measure", str(study)])


def test_a_plan_is_printed_as_csv(capsys: pytest.CaptureFixture[str]) -> None:
    main(["plan", "--people", "a,b,c", "--scenes", "s,t,u"])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "person,period,arm,scene"
    assert len(lines) == 1 + 9
    with pytest.raises(SettingsError, match="3 scenes or more"):
        main(["plan", "--people", "a", "--scenes", "s,t"])
