from seep.core.masks.classes import default_classes
from seep.ui.models.slick_diff import note, summary
from seep.workflow.evaluation.slick_diff import SlickChange

CLASSES = default_classes(3)


def change(
    kind: str, improved: bool | None, old_class: int = 0, new_class: int = 1, mask: int | None = 1
) -> SlickChange:
    return SlickChange(
        1, "a.1", "a", 64, 64, kind, 20, (0, 0, 5, 4), old_class, new_class, improved, 1, 2, mask
    )


def test_summary_counts_kinds_and_results() -> None:
    found = [change("gained", True), change("gained", None), change("lost", False)]
    assert summary(found, 2, "old", "new") == (
        "3 slicks differ on 2 tiles: 2 gained, 1 lost. Compared with the masks, new is closer in 1 of them "
        "and old in 1; 1 tie or slick without a mask."
    )
    assert summary([change("lost", None)], 1, "old", "new") == "1 slick differs on 1 tile: 1 lost."


def test_note_names_classes_and_result() -> None:
    one, two = CLASSES[1].name, CLASSES[2].name
    assert note(change("gained", True), CLASSES) == f"{one}, improved"
    assert note(change("changed", False, old_class=2), CLASSES) == f"{two} → {one}, worse"
    assert note(change("changed", None, old_class=1), CLASSES) == f"{one}, no difference"
    assert note(change("lost", None, old_class=9, new_class=0, mask=None), CLASSES) == "?, no mask"
