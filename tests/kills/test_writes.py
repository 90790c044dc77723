"""SIGKILL during saves and imports: no acknowledged write is lost, no write is half done.

`python -m benchmarks.faults` does the same for longer and at random moments.
"""

import json
from pathlib import Path

import pytest

from seep_testing.killing.crashes import crash_workspace
from seep_testing.killing.imports import count_tiles, kill_import
from seep_testing.killing.processes import run, write_images
from seep_testing.killing.saves import kill_saves
from seep_testing.killing.soundness import Kept, faults

pytestmark = [pytest.mark.kill, pytest.mark.slow]


def test_acknowledged_saves_survive_a_kill(tmp_path):
    root = tmp_path / "workspace"
    images, masks = write_images(tmp_path / "few")
    run(root, "seep", "import", str(images), "--masks", str(masks))
    kept = [one for number in range(2) for one in kill_saves(root, 0.3, seed=10 * number)]
    assert len(kept) >= 4
    assert faults(root, kept) == []


@pytest.mark.timeout(0)  # some 200 processes: `run` ends them when nothing happens anymore
@pytest.mark.parametrize("action", ["accept", "import"])
def test_a_kill_at_any_write_leaves_the_old_state_or_the_new_one(tmp_path, action):
    *_, found = run(crash_workspace(tmp_path), "seep_testing.killing.crashes", action).splitlines()
    assert json.loads(found) == []


def test_a_killed_import_leaves_nothing_and_can_be_done_again(tmp_path):
    root = tmp_path / "workspace"
    images, masks = write_images(tmp_path, columns=5)
    assert kill_import(root, images, masks, delay_s=None) in (0, 75)
    assert faults(root) == []
    arguments = ("seep", "import", str(images), "--masks", str(masks))
    run(root, *arguments)
    assert count_tiles(root) == 75
    run(root, *arguments)
    assert count_tiles(root) == 75
    assert faults(root) == []


def test_the_checks_themselves_find_a_lost_revision(tmp_path):
    root: Path = tmp_path / "workspace"
    images, masks = write_images(tmp_path, columns=1)
    run(root, "seep", "import", str(images), "--masks", str(masks))
    assert faults(root, [Kept(99, "0" * 64)]) == ["revision 99 was acknowledged and is gone"]
    assert faults(root, [Kept(1, "0" * 64)]) == ["revision 1 has other pixels than were saved"]
