import pytest

from seep.errors import SettingsError
from seep.workflow.shortcuts import keys_of, set_keys
from seep.workflow.workspace import Workspace
from tests.actors import ADA, BOB


def test_each_person_has_keys_of_their_own(workspace: Workspace) -> None:
    set_keys(workspace, {"accept": "ctrl+shift+a", "larger": "+"}, ADA)
    set_keys(workspace, {"accept": "enter"}, BOB)
    assert keys_of(workspace, "ada") == {"accept": "ctrl+shift+a", "larger": "+"}
    assert keys_of(workspace, "bob") == {"accept": "enter"}
    assert keys_of(workspace, "eve") == {}
    set_keys(workspace, {}, ADA)
    assert keys_of(workspace, "ada") == {}


@pytest.mark.parametrize(
    "keys",
    [
        {"accept": "a", "reject": "a"},
        {"accept": ""},
        {"accept": "a b"},
        {"<b>": "a"},
        {"accept": "x" * 40},
        {"a" * (n // 26 + 1) + chr(97 + n % 26): "f1" for n in range(101)},
    ],
)
def test_keys_that_make_no_sense_are_refused(workspace: Workspace, keys: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        set_keys(workspace, keys, ADA)
    assert keys_of(workspace, "ada") == {}
