"""Blind second masks, from the request over both masks to the ground truth."""

from uuid import uuid4

import numpy as np
import pytest

from seep.errors import ConflictError, DeniedError, SettingsError, StorageError, UnconfirmedError
from seep.store import audit_log
from seep.store.revisions import get_revision
from seep.workflow.actor import Actor
from seep.workflow.agreement.adjudication import (
    BOTH,
    ONLY_FIRST,
    ONLY_SECOND,
    OTHER_CLASS,
    adjudicate,
    difference,
    find_pair,
    pair_pictures,
)
from seep.workflow.agreement.report import agreement_report
from seep.workflow.review import drafts, queue, revisions
from seep.workflow.review.assignments import lock_tile
from seep.workflow.review.second_masks import (
    open_requests,
    request_second_masks,
    requested_tiles,
    seen_items,
    withdraw_requests,
)
from seep.workflow.review.tile_document import predictions_of, tile_document
from seep.workflow.tile_data import draft_mask, revision_mask
from seep.workflow.workspace import Workspace
from tests.actors import ADA, ANA
from tests.workflow.making import accept
from tests.workflow.review.test_quality_sample import predict

JO = Actor("jo", "annotator")


def mask_of(rows: int, class_id: int = 2) -> np.ndarray:
    mask = np.zeros((64, 64), np.uint8)
    mask[:rows] = class_id
    return mask


def draw(
    workspace: Workspace, tile_id: int, mask: np.ndarray, actor: Actor = JO, kind: str = "accept"
) -> int:
    """Save a mask from what the person sees as the newest one; returns the revision."""
    head = tile_document(workspace, tile_id, actor)["head"]
    saved = revisions.save_mask(
        workspace,
        tile_id,
        mask,
        kind,
        actor=actor,
        base_revision_id=head["id"] if head else None,
        request_id=uuid4().hex,
        confirmed=True,
    )
    return saved["revision"]["id"]


@pytest.fixture
def requested(workspace: Workspace, bare_tiles: list[int]) -> list[int]:
    """Twelve tiles that ada accepted with ten rows of seep; all wait for a second mask of jo."""
    predict(workspace, bare_tiles)
    for one in bare_tiles:
        accept(workspace, one, ADA)
    request_second_masks(workspace, "jo", 1, ANA)
    return bare_tiles


def test_the_second_annotator_sees_neither_the_first_mask_nor_the_prediction(
    workspace: Workspace, requested: list[int]
) -> None:
    tile_id = requested[0]
    assert sorted(requested_tiles(workspace, JO)) == requested
    seen = tile_document(workspace, tile_id, JO)
    assert seen["blind"]
    assert (seen["head"], seen["history"], seen["prediction"], seen["note"]) == (None, [], None, None)
    assert (seen["state"], seen["start"]) == ("unreviewed", "empty")
    assert predictions_of(workspace, tile_id, JO) == []
    others = tile_document(workspace, tile_id, ADA)
    assert (others["blind"], others["state"]) == (False, "accepted")
    (item,) = seen_items(workspace, queue.list_items(workspace, [tile_id], "likely_wrong"), JO)
    assert (item.state, item.value, item.head) == ("unreviewed", None, None)
    assert lock_tile(workspace, tile_id, JO, None, requested)["decided"] == []
    assert len(lock_tile(workspace, tile_id, ADA, None, requested)["decided"]) == 12


def test_the_prediction_is_shown_on_request(workspace: Workspace, bare_tiles: list[int]) -> None:
    predict(workspace, bare_tiles)
    accept(workspace, bare_tiles[0], ADA)
    request_second_masks(workspace, "jo", 1, ANA, shows_prediction=True)
    seen = tile_document(workspace, bare_tiles[0], JO)
    assert (seen["start"], seen["head"]) == ("prediction", None)


def test_a_second_mask_changes_neither_the_tile_nor_its_ground_truth(
    workspace: Workspace, requested: list[int]
) -> None:
    tile_id = requested[0]
    before = revisions.get_tile(workspace, tile_id)
    drafts.save_draft(workspace, tile_id, mask_of(3), JO, None)
    assert tile_document(workspace, tile_id, JO)["start"] == "draft"
    assert draft_mask(workspace, tile_id, JO).sum() == mask_of(3).sum()
    saved = draw(workspace, tile_id, mask_of(5), kind="save")
    assert (
        tile_document(workspace, tile_id, JO)["head"] == tile_document(workspace, tile_id, JO)["history"][0]
    )
    assert sorted(requested_tiles(workspace, JO)) == requested
    final = draw(workspace, tile_id, mask_of(6))
    assert revisions.get_tile(workspace, tile_id) == before
    assert sorted(requested_tiles(workspace, JO)) == requested[1:]
    history = tile_document(workspace, tile_id, JO)["history"]
    assert [(one["id"], one["kind"]) for one in history] == [
        (final, "second"),
        (saved, "second"),
        (before.head_revision_id, "accept"),
    ]
    assert not tile_document(workspace, tile_id, JO)["blind"]
    with pytest.raises(DeniedError):  # an annotator accepts second masks only
        draw(workspace, tile_id, mask_of(6))


def test_two_windows_of_one_person_do_not_overwrite_each_other(
    workspace: Workspace, requested: list[int]
) -> None:
    draw(workspace, requested[0], mask_of(5), kind="save")
    with pytest.raises(ConflictError):
        revisions.save_mask(
            workspace, requested[0], mask_of(1), "save", actor=JO, base_revision_id=None, request_id="w2"
        )


def test_an_empty_second_mask_has_to_be_confirmed(workspace: Workspace, requested: list[int]) -> None:
    with pytest.raises(UnconfirmedError):
        revisions.save_mask(
            workspace, requested[0], mask_of(0), "accept", actor=JO, base_revision_id=None, request_id="e"
        )
    assert sorted(requested_tiles(workspace, JO)) == requested


def test_a_blind_tile_cannot_be_decided_or_restored(workspace: Workspace, bare_tiles: list[int]) -> None:
    accept(workspace, bare_tiles[0], ADA)
    request_second_masks(workspace, "ana", 1, ADA)
    with pytest.raises(SettingsError, match="cannot be rejected"):
        revisions.decide(workspace, bare_tiles[0], "reject", ANA)
    head = revisions.get_tile(workspace, bare_tiles[0]).head_revision_id
    assert head is not None
    with pytest.raises(DeniedError, match="blind second mask"):
        revisions.restore(
            workspace, bare_tiles[0], head, actor=ANA, base_revision_id=None, request_id="restore"
        )


def test_a_sample_leaves_out_own_tiles_and_those_with_a_second_mask(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    for number, one in enumerate(bare_tiles):
        accept(workspace, one, ADA if number < 8 else ANA)
    drawn = request_second_masks(workspace, "ana", 0.5, ADA)
    assert (drawn.tiles, drawn.eligible) == (4, 8)
    assert set(requested_tiles(workspace, ANA)) <= set(bare_tiles[:8])
    again = request_second_masks(workspace, "ana", 1, ADA)
    assert (again.tiles, again.eligible) == (4, 4)
    assert request_second_masks(workspace, "ana", 1, ADA).tiles == 0
    with pytest.raises(SettingsError, match="share"):
        request_second_masks(workspace, "ana", 0, ADA)
    assert withdraw_requests(workspace, ADA) == 8
    assert open_requests(workspace) == {}


def test_tiles_come_back_to_their_own_annotators(workspace: Workspace, bare_tiles: list[int]) -> None:
    accept(workspace, bare_tiles[0], ADA)
    accept(workspace, bare_tiles[1], ANA)
    assert request_second_masks(workspace, None, 1, ADA, after_days=1).tiles == 0  # too new
    assert request_second_masks(workspace, None, 1, ADA).tiles == 2
    assert open_requests(workspace) == {"ada": 1, "ana": 1}
    assert tile_document(workspace, bare_tiles[0], ADA)["history"] == []
    draw(workspace, bare_tiles[0], mask_of(4), ADA)
    report = agreement_report(workspace)
    assert [(one.name, one.tiles) for one in report.repeats] == [("ada", 1)]
    assert (report.people, report.undecided) == ([], 0)


def test_the_report_compares_people_classes_scenes_and_the_model(
    workspace: Workspace, requested: list[int]
) -> None:
    for one in requested:
        draw(workspace, one, mask_of(8))
    report = agreement_report(workspace)
    (people,) = report.people
    assert (people.name, people.tiles, people.scenes) == ("ada and jo", 12, 4)
    assert people.figures["iou"] == pytest.approx(0.8)
    assert people.figures["f1"] == pytest.approx(1)  # the last two rows are within 2 px
    assert people.intervals["iou"] == pytest.approx((0.8, 0.8))
    assert [(one.name, one.tiles) for one in report.scenes] == [(name, 3) for name in "abcd"]
    assert len(report.classes) == 1
    assert report.classes[0].figures["iou"] == pytest.approx(0.8)
    assert report.undecided == 12
    (model,) = report.models  # ada accepted the predictions as they were
    assert model.sentence == (
        "The model agrees with jo as much as ada does: F1 1.00 and 1.00, difference +0.00 (+0.00 to +0.00), on "
        "12 tiles of 4 scenes."
    )


def test_an_adjudicated_mask_becomes_ground_truth_and_keeps_its_origin(
    workspace: Workspace, requested: list[int]
) -> None:
    first_id = revisions.get_tile(workspace, requested[0]).head_revision_id
    second = np.zeros((64, 64), np.uint8)
    second[5:20] = 4
    second_id = draw(workspace, requested[0], second)
    pair = agreement_report(workspace).tiles[0].pair
    assert pair.decision is None
    saved = adjudicate(workspace, pair.id, "both", ANA, shown_head_id=pair.head_id)
    head = revisions.get_tile(workspace, requested[0]).head_revision_id
    assert (head, saved["state"]) == (saved["revision"]["id"], "corrected")
    assert head is not None
    truth = revision_mask(workspace, head)
    assert (truth[:10] == 2).all()
    assert (truth[10:20] == 4).all()
    assert not truth[20:].any()
    after = find_pair(workspace, pair.id)
    assert (after.decision, after.adjudicated_by) == ("both", "ana")
    assert (after.first_id, after.second_id) == (first_id, second_id)
    with workspace.store.reading() as session:
        (row,) = audit_log.list_of_subject(session, f"tile {requested[0]}", "adjudicate")
    assert row.details == {"choice": "both", "first": first_id, "second": second_id, "revision": head}
    again = adjudicate(workspace, pair.id, "second", ANA, shown_head_id=head)  # a later choice replaces it
    assert (revision_mask(workspace, again["revision"]["id"]) == second).all()
    assert agreement_report(workspace).undecided == 0


def test_an_adjudication_that_cannot_be_recorded_changes_nothing(
    workspace: Workspace, requested: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    draw(workspace, requested[0], mask_of(5))
    pair = agreement_report(workspace).tiles[0].pair

    def refuse(*_: object) -> None:
        raise StorageError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr("seep.store.review.second_masks.adjudicate", refuse)
        with pytest.raises(StorageError):
            adjudicate(workspace, pair.id, "second", ANA, shown_head_id=pair.head_id)
    assert find_pair(workspace, pair.id).decision is None
    assert revisions.get_tile(workspace, requested[0]).head_revision_id == pair.first_id
    adjudicate(workspace, pair.id, "first", ANA, shown_head_id=pair.head_id)
    assert find_pair(workspace, pair.id).decision == "first"


def test_a_mask_that_is_accepted_later_is_the_third(workspace: Workspace, requested: list[int]) -> None:
    draw(workspace, requested[0], mask_of(5))
    pair = agreement_report(workspace).tiles[0].pair
    draw(workspace, requested[0], mask_of(7), ANA)
    after = find_pair(workspace, pair.id)
    assert after.decision == "third"
    with pytest.raises(SettingsError, match="ana has changed"):
        adjudicate(workspace, pair.id, "first", ANA, shown_head_id=pair.head_id)
    with pytest.raises(SettingsError, match="no adjudication"):
        adjudicate(workspace, pair.id, "mine", ANA, shown_head_id=pair.head_id)


def test_a_lost_mask_is_left_out_of_the_report(workspace: Workspace, requested: list[int]) -> None:
    draw(workspace, requested[0], mask_of(7))
    lost = draw(workspace, requested[1], mask_of(9))
    with workspace.store.reading() as session:
        sha256 = get_revision(session, lost).mask_sha256
    workspace.store.files.local(sha256, ".png").unlink()
    report = agreement_report(workspace)
    assert [one.pair.tile_id for one in report.tiles] == requested[:1]
    assert report.unreadable == 1


def test_pictures_show_both_masks_and_their_difference(workspace: Workspace, requested: list[int]) -> None:
    first, second = mask_of(10), mask_of(8)
    second[20:22] = 3
    second[0] = 5
    found = difference(first, second)
    assert [int(found[row, 0]) for row in (0, 1, 9, 20, 30)] == [
        OTHER_CLASS,
        BOTH,
        ONLY_FIRST,
        ONLY_SECOND,
        0,
    ]
    draw(workspace, requested[0], second)
    pictures = pair_pictures(workspace, agreement_report(workspace).tiles[0].pair)
    assert len({pictures.first, pictures.second, pictures.difference}) == 3


def test_deleting_a_tile_for_good_deletes_its_second_masks(
    workspace: Workspace, requested: list[int]
) -> None:
    from seep.workflow.trash import delete_permanently, delete_tiles

    draw(workspace, requested[0], mask_of(5))
    entry = delete_tiles(workspace, requested[:1], ADA)
    assert agreement_report(workspace).tiles == []
    delete_permanently(workspace, [entry.id], ADA)
    assert len(requested_tiles(workspace, JO)) == 11
