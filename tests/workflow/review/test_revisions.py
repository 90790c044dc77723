import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from seep.core.acquisition import OrderValues
from seep.core.masks.mask import encode_mask
from seep.core.records import NewPrediction
from seep.errors import (
    ConflictError,
    DeniedError,
    ImageError,
    MaskError,
    MissingError,
    SettingsError,
    UnconfirmedError,
)
from seep.store import checkpoints, predictions, revisions
from seep.workflow import tile_data
from seep.workflow.actor import Actor
from seep.workflow.inference.tiles import predict_tiles
from seep.workflow.review import drafts
from seep.workflow.review import revisions as review_revisions
from seep.workflow.review.drafts import ClientView
from seep.workflow.review.tile_document import tile_document
from seep.workflow.workspace import MASK_SUFFIX, Workspace
from tests.actors import ADA, BO
from tests.workflow.making import accept, never, quiet


def painted(class_id: int = 1) -> np.ndarray:
    mask = np.zeros((64, 64), np.uint8)
    mask[10:20, 10:20] = class_id
    return mask


def save(workspace: Workspace, base: int | None, request: str, kind: str = "save", actor: Actor = ADA) -> int:
    done = review_revisions.save_mask(
        workspace, 1, painted(), kind, actor=actor, base_revision_id=base, request_id=request
    )
    return int(done["revision"]["id"])


def test_a_tile_without_anything_starts_empty(workspace: Workspace, bare_tiles: list[int]) -> None:
    document = tile_document(workspace, 1, ADA)
    assert json.loads(json.dumps(document)) == document
    assert (document["start"], document["head"], document["prediction"], document["draft"]) == (
        "empty",
        None,
        None,
        None,
    )
    assert (document["height"], document["width"], document["bands"], document["dtype"]) == (
        64,
        64,
        1,
        "uint16",
    )
    low, high = document["limits"]
    assert 0 < low < high


def test_a_predicted_tile_starts_with_the_prediction(workspace: Workspace, bare_tiles: list[int]) -> None:
    predict_tiles(workspace, [1], 1, quiet, never)
    document = tile_document(workspace, 1, ADA)
    assert document["start"] == "prediction"
    assert document["prediction"]["checkpoint"] == "tiny"
    number = document["prediction"]["id"]
    probability = tile_data.prediction_probability(workspace, number)
    assert probability.shape == (64, 64)
    assert probability.dtype == np.uint8
    assert tile_data.prediction_mask(workspace, number).shape == (64, 64)


def test_an_accept_of_an_untouched_tile_needs_a_confirmation(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    def accept_empty(request: str, **more: Any) -> str:
        return review_revisions.save_mask(
            workspace, 1, np.zeros((64, 64), np.uint8), "accept",
            actor=ADA, base_revision_id=None, request_id=request, **more,
        )["state"]  # fmt: skip

    with pytest.raises(UnconfirmedError, match="has no prediction and no mask"):
        accept_empty("not-confirmed")
    assert tile_document(workspace, 1, ADA)["history"] == []
    assert review_revisions.get_tile(workspace, 1).state == "unreviewed"
    assert accept_empty("confirmed", confirmed=True) == "accepted"


def test_a_predicted_or_drawn_tile_is_accepted_without_a_confirmation(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    predict_tiles(workspace, [1], 1, quiet, never)
    for tile_id, mask in ((1, np.zeros((64, 64), np.uint8)), (2, painted())):
        done = review_revisions.save_mask(
            workspace, tile_id, mask, "accept", actor=ADA, base_revision_id=None, request_id=f"tile-{tile_id}"
        )
        assert done["state"] in {"accepted", "corrected"}


def test_what_was_saved_is_what_is_read(workspace: Workspace, bare_tiles: list[int]) -> None:
    done = review_revisions.save_mask(
        workspace, 1, painted(3), "save", actor=ADA, base_revision_id=None, request_id="one"
    )
    assert done["state"] == "draft"
    assert done["correction_px"] == 100
    np.testing.assert_array_equal(tile_data.revision_mask(workspace, done["revision"]["id"]), painted(3))
    document = tile_document(workspace, 1, ADA)
    assert document["start"] == "revision"
    assert document["head"] == done["revision"]
    assert done["revision"].keys() == {"id", "kind", "author", "created_at", "correction_px", "undone"}


def test_accepting_the_prediction_is_accepted_and_changing_it_is_corrected(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    predict_tiles(workspace, bare_tiles[:2], 1, quiet, never)
    assert accept(workspace, 1)["state"] == "accepted"
    predicted = tile_document(workspace, 2, ADA)["prediction"]["id"]
    unlike = np.count_nonzero(tile_data.prediction_mask(workspace, predicted)[30:33] != 2)
    changed = accept(workspace, 2, stripe=2)
    assert (changed["state"], changed["correction_px"]) == ("corrected", unlike)
    assert unlike > 0


def test_a_repeated_request_changes_nothing_more(workspace: Workspace, bare_tiles: list[int]) -> None:
    assert save(workspace, None, "click") == save(workspace, None, "click")
    assert len(tile_document(workspace, 1, ADA)["history"]) == 1


def test_the_second_of_two_editors_is_refused_and_told_by_whom(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    first = save(workspace, None, "one", actor=BO)
    with pytest.raises(ConflictError, match="bo") as caught:
        save(workspace, None, "two", actor=ADA)
    assert (caught.value.revision_id, caught.value.author) == (first, "bo")
    assert save(workspace, first, "three", actor=ADA) > first


def test_restoring_brings_pixels_back_as_a_new_revision(workspace: Workspace, bare_tiles: list[int]) -> None:
    first = save(workspace, None, "one")
    second = review_revisions.save_mask(
        workspace, 1, painted(2), "accept", actor=ADA, base_revision_id=first, request_id="two"
    )["revision"]["id"]
    back = review_revisions.restore(
        workspace, 1, first, actor=BO, base_revision_id=second, request_id="three"
    )
    assert back["revision"]["kind"] == "restore"
    np.testing.assert_array_equal(tile_data.revision_mask(workspace, back["revision"]["id"]), painted())
    assert [one["kind"] for one in tile_document(workspace, 1, ADA)["history"]] == [
        "restore",
        "accept",
        "save",
    ]
    with pytest.raises(MissingError, match="does not belong to tile 2"):
        review_revisions.restore(workspace, 2, first, actor=BO, base_revision_id=None, request_id="four")


def test_drafts_belong_to_their_author_and_go_with_a_save(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    drafts.save_draft(workspace, 1, painted(), ADA, None)
    assert tile_document(workspace, 1, ADA)["start"] == "draft"
    assert tile_document(workspace, 1, BO)["start"] == "empty"
    np.testing.assert_array_equal(tile_data.draft_mask(workspace, 1, ADA), painted())
    save(workspace, None, "one")
    with pytest.raises(MissingError, match="no draft"):
        tile_data.draft_mask(workspace, 1, ADA)
    drafts.save_draft(workspace, 1, painted(2), ADA, 1)
    drafts.drop_draft(workspace, 1, ADA)
    assert tile_document(workspace, 1, ADA)["draft"] is None


def test_undoing_all_counts_whatever_bytes_the_start_is_kept_in(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    done, earlier = cv2.imencode(".png", painted())
    assert done
    sha256 = workspace.store.files.put(earlier.tobytes(), MASK_SUFFIX)
    with workspace.store.transaction() as session:
        base = revisions.save_revision(
            session, 1, base_revision_id=None, mask_sha256=sha256, kind="save", author="ada",
            request_id="earlier", correction_px=100, classes={1: 100},
        ).id  # fmt: skip
    drafts.save_draft(workspace, 1, painted(2), ADA, base)
    drafts.save_draft(workspace, 1, painted(), ADA, base)
    assert tile_document(workspace, 1, ADA)["draft"] is None
    workspace.store.files.local(sha256, MASK_SUFFIX).write_bytes(b"damaged")
    drafts.save_draft(workspace, 1, painted(), ADA, base)
    np.testing.assert_array_equal(tile_data.draft_mask(workspace, 1, ADA), painted())


def test_a_draft_in_which_all_was_undone_is_none(workspace: Workspace, bare_tiles: list[int]) -> None:
    empty = np.zeros((64, 64), np.uint8)
    assert drafts.save_draft(workspace, 1, painted(), ADA, None)["state"] == "draft"
    assert drafts.save_draft(workspace, 1, empty, ADA, None)["state"] == "unreviewed"
    assert tile_document(workspace, 1, ADA)["start"] == "empty"
    predict_tiles(workspace, [1], 1, quiet, never)
    assert drafts.save_draft(workspace, 1, empty, ADA, None)["state"] == "draft"
    predicted = tile_data.prediction_mask(workspace, 1)
    assert drafts.save_draft(workspace, 1, predicted, ADA, None)["state"] == "unreviewed"
    base = save(workspace, None, "one", "accept")
    drafts.save_draft(workspace, 1, painted(2), ADA, base)
    assert drafts.save_draft(workspace, 1, painted(), ADA, base)["state"] == "corrected"
    assert tile_document(workspace, 1, ADA)["draft"] is None
    save(workspace, base, "two", actor=BO)
    drafts.save_draft(workspace, 1, painted(), ADA, base)  # on a revision that is not the newest any more
    assert tile_document(workspace, 1, ADA)["start"] == "draft"


@pytest.mark.parametrize(
    ("mask", "word"),
    [
        (np.zeros((32, 64), np.uint8), "32 x 64"),
        (np.full((64, 64), 9, np.uint8), "9"),
        (np.zeros((64, 64), np.int32), "int32"),
    ],
)
def test_a_mask_that_does_not_fit_is_refused(
    workspace: Workspace, bare_tiles: list[int], mask: np.ndarray, word: str
) -> None:
    for keep in (
        lambda: review_revisions.save_mask(
            workspace, 1, mask, "save", actor=ADA, base_revision_id=None, request_id="one"
        ),
        lambda: drafts.save_draft(workspace, 1, mask, ADA, None),
    ):
        with pytest.raises(MaskError, match=word):
            keep()
    assert tile_document(workspace, 1, ADA)["start"] == "empty"


def test_unsure_pixels_may_be_saved(workspace: Workspace, bare_tiles: list[int]) -> None:
    done = review_revisions.save_mask(
        workspace, 1, painted(255), "save", actor=ADA, base_revision_id=None, request_id="one"
    )
    assert tile_data.revision_mask(workspace, done["revision"]["id"])[15, 15] == 255


def test_decisions_and_wrong_words(workspace: Workspace, bare_tiles: list[int]) -> None:
    def decide(decision: str, note: str = "") -> str:
        return review_revisions.decide(workspace, 1, decision, ADA, note)["state"]

    assert decide("reject") == "rejected"
    assert decide("flag", "is it a ship?") == "flagged"
    assert decide("reopen") == "unreviewed"
    save(workspace, None, "an-accept-of-it", "accept")
    decide("flag")
    assert decide("reopen") == "corrected"  # as it was
    decide("reject")
    assert decide("reopen") == "draft"  # its mask is no ground truth any more
    with pytest.raises(SettingsError, match="burn"):
        review_revisions.decide(workspace, 1, "burn", ADA)
    with pytest.raises(SettingsError, match="import"):
        review_revisions.save_mask(
            workspace, 1, painted(), "import", actor=ADA, base_revision_id=None, request_id="one"
        )
    with pytest.raises(MissingError, match="99"):
        tile_document(workspace, 99, ADA)


def test_an_image_that_went_away_is_named(
    workspace: Workspace, bare_tiles: list[int], folders: tuple[Path, Path]
) -> None:
    (folders[0] / "a.000000.tif").unlink()
    with pytest.raises(ImageError, match=r"a\.000000\.tif"):
        review_revisions.tile_image(workspace, 1)


def stroke(row: int, on: np.ndarray | None = None) -> np.ndarray:
    mask = np.zeros((64, 64), np.uint8) if on is None else on.copy()
    mask[row] = 2
    return mask


def test_two_windows_of_one_person_keep_all_strokes(workspace: Workspace, bare_tiles: list[int]) -> None:
    def send(mask: np.ndarray, known: str) -> Mapping[str, object]:
        return drafts.save_draft(workspace, 1, mask, ADA, None, known=known)

    left = send(stroke(1), "")
    right = send(stroke(5), "")  # this window was opened before the other painted
    assert (left["joined"], right["joined"]) == (False, True)
    both = stroke(5, stroke(1))
    np.testing.assert_array_equal(tile_data.draft_mask(workspace, 1, ADA), both)
    later = send(stroke(9, stroke(1)), str(left["draft"]))
    assert later["joined"]
    np.testing.assert_array_equal(tile_data.draft_mask(workspace, 1, ADA), stroke(9, both))
    erased = send(stroke(9, stroke(5)), str(later["draft"]))  # nothing came between
    assert not erased["joined"]
    np.testing.assert_array_equal(tile_data.draft_mask(workspace, 1, ADA), stroke(9, stroke(5)))
    again = send(stroke(9, stroke(5)), str(later["draft"]))  # the answer was lost, so it is sent twice
    assert (again["joined"], again["draft"]) == (False, erased["draft"])


def test_a_draft_is_kept_where_the_other_windows_is_lost(workspace: Workspace, bare_tiles: list[int]) -> None:
    lost = drafts.save_draft(workspace, 1, stroke(1), ADA, None, known="")["draft"]
    workspace.store.files.local(lost, MASK_SUFFIX).unlink()
    kept = drafts.save_draft(workspace, 1, stroke(5), ADA, None, known="")
    assert not kept["joined"]
    np.testing.assert_array_equal(tile_data.draft_mask(workspace, 1, ADA), stroke(5))


def test_a_save_leaves_the_draft_of_another_window(workspace: Workspace, bare_tiles: list[int]) -> None:
    mine = drafts.save_draft(workspace, 1, stroke(1), ADA, None, known="")
    drafts.save_draft(workspace, 1, stroke(5), ADA, None, known="")
    seen = ClientView(draft=str(mine["draft"]))
    first = review_revisions.save_mask(
        workspace,
        1,
        stroke(1),
        "accept",
        actor=ADA,
        base_revision_id=None,
        request_id="first-press",
        view=seen,
    )
    document = tile_document(workspace, 1, ADA)
    assert document["start"] == "draft"
    np.testing.assert_array_equal(tile_data.draft_mask(workspace, 1, ADA), stroke(5, stroke(1)))
    seen = ClientView(draft=document["draft"]["sha256"])
    base = first["revision"]["id"]
    review_revisions.save_mask(
        workspace,
        1,
        stroke(5, stroke(1)),
        "accept",
        actor=ADA,
        base_revision_id=base,
        request_id="second-press",
        view=seen,
    )
    assert tile_document(workspace, 1, ADA)["draft"] is None


def test_a_mask_is_held_against_the_prediction_that_was_shown(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    def add(class_id: int) -> int:
        sha256 = workspace.store.files.put(encode_mask(painted(class_id)), MASK_SUFFIX)
        with workspace.store.transaction() as session:
            made = checkpoints.add_checkpoint(
                session, name=f"by {class_id}", parent_id=None, run_id=None, weights_sha256="1" * 64, card={},
                author="ada",
            )  # fmt: skip
            predictions.add_predictions(
                session, made.id, [NewPrediction(1, sha256, None, OrderValues(0.0), {class_id: 100})]
            )
            checkpoints.promote(session, made.id, "ada")
            found = predictions.find_prediction(session, 1, made.id)
        assert found
        return found.id

    shown = add(1)
    newer = add(2)
    assert tile_document(workspace, 1, ADA)["prediction"]["id"] == newer
    seen = ClientView(draft="", prediction_id=shown)
    done = review_revisions.save_mask(
        workspace,
        1,
        painted(1),
        "accept",
        actor=ADA,
        base_revision_id=None,
        request_id="a-press-of-it",
        view=seen,
    )
    assert (done["state"], done["correction_px"]) == ("accepted", 0)
    with workspace.store.reading() as session:
        assert revisions.get_revision(session, done["revision"]["id"]).prediction_id == shown


def test_an_annotator_does_not_reopen_a_rejected_tile_by_a_save(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    review_revisions.decide(workspace, 1, "reject", ADA)
    with pytest.raises(DeniedError, match="needed to change reviewed or rejected tiles"):
        save(workspace, None, "ann-save-1", actor=Actor("ann", "annotator"))
    assert review_revisions.get_tile(workspace, 1).state == "rejected"
    save(workspace, None, "rex-save-1", actor=Actor("rex", "reviewer"))
    assert review_revisions.get_tile(workspace, 1).state == "draft"
