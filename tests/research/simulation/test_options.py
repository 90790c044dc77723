from pathlib import Path

import pytest

from research.simulation.options import SimulationOptions, check_options, split_scenes
from seep.errors import SettingsError
from seep.workflow.training.presets import FinetuneRequest

NAMES = [f"s{number}" for number in range(10)]


def options(**changes) -> SimulationOptions:
    return SimulationOptions(Path("start.safetensors"), **changes)


def test_every_scene_plays_one_part():
    parts = split_scenes(NAMES, options(), None)
    assert sorted(name for names in parts.values() for name in names) == NAMES
    assert len(parts["start"]) == 3
    assert all(parts.values())


def test_what_trained_the_checkpoint_is_where_it_starts():
    before = split_scenes(NAMES, options(), None)
    card = {"splits": {"train": before["start"], "validation": before["validation"]}}
    assert split_scenes(NAMES, options(), card) == before


def test_named_scenes_come_first():
    parts = split_scenes(NAMES, options(start=["s1"], validation=[], test=["s2", "s3"]), None)
    assert (parts["start"], parts["validation"], parts["test"]) == (["s1"], [], ["s2", "s3"])
    assert len(parts["pool"]) == 7


@pytest.mark.parametrize(
    ("changes", "card", "message"),
    [
        ({"test": ["s99"]}, None, "s99 is not in the folder"),
        ({"test": ["s1"], "start": ["s1"]}, None, "named twice"),
        ({"test": []}, None, "No scene is left to measure on"),
        ({"start": NAMES[:8], "validation": [], "test": ["s8", "s9"]}, None, "left to correct"),
        ({"start": ["s1"], "test": ["s2"]}, {"splits": {"train": ["s2"]}}, "s2 trained the checkpoint"),
        ({"test": ["s2"]}, {"splits": {"train": ["s1"], "validation": ["s2"]}}, "chose its epoch"),
    ],
)
def test_parts_that_would_say_nothing_are_refused(changes, card, message):
    with pytest.raises(SettingsError, match=message):
        split_scenes(NAMES, options(**changes), card)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"orders": ["best"]}, "no order 'best'"),
        ({"orders": []}, "Nothing is to be simulated"),
        ({"after": [20, 20]}, "20, 20"),
        ({"after": [0]}, "numbers from 1"),
        ({"after": []}, "no tiles"),
        ({"request": FinetuneRequest(epochs=0)}, "Epochs cannot be 0"),
    ],
)
def test_options_that_cannot_be_are_refused(changes, message):
    with pytest.raises(SettingsError, match=message):
        check_options(options(**changes))


def test_curves_are_every_combination_once():
    curves = options(orders=["useful", "random"], replay=[True, False], seeds=[0, 1, 1]).curves
    assert len(curves) == len(set(curves)) == 8
