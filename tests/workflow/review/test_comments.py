import pytest

from seep.core.records import TileFilter
from seep.errors import DeniedError, MissingError, SettingsError
from seep.workflow.actor import Actor
from seep.workflow.review import revisions
from seep.workflow.review.comments import (
    add_comment,
    mentioned_names,
    open_comment_counts,
    resolve_comment,
    with_comments,
)
from seep.workflow.review.queue import count, queue
from seep.workflow.review.second_masks import request_second_masks, requested_tiles, seen_items
from seep.workflow.review.tile_document import tile_document
from seep.workflow.workspace import Workspace
from tests.actors import ADA, BO
from tests.workflow.making import accept

JO = Actor("jo", "annotator")


def test_a_thread_has_replies_a_point_and_can_be_resolved(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    tile = bare_tiles[0]
    (first,) = add_comment(workspace, tile, " Oil or wind? ", ADA, at=(12, 63))
    assert (first.text, first.x, first.y, first.parent_id, first.author) == (
        "Oil or wind?",
        12,
        63,
        None,
        "ada",
    )
    add_comment(workspace, tile, "Wind.", BO, parent_id=first.id)
    add_comment(workspace, tile, "Another matter", BO)
    assert open_comment_counts(workspace, "ada") == (1, 0)
    assert {item.id: item.comments for item in queue(workspace)}[tile] == 2
    resolved = resolve_comment(workspace, first.id, BO)
    assert [(one.text, one.resolved_by) for one in resolved] == [
        ("Oil or wind?", "bo"),
        ("Wind.", None),
        ("Another matter", None),
    ]
    assert {item.id: item.comments for item in queue(workspace)}[tile] == 1
    again = add_comment(workspace, tile, "Look at the next pass", ADA, parent_id=first.id)
    assert again[0].resolved_at is None  # a reply opens the thread again
    assert [one["text"] for one in tile_document(workspace, tile, ADA)["comments"]] == [
        "Oil or wind?",
        "Wind.",
        "Another matter",
        "Look at the next pass",
    ]


def test_filters_find_open_comments_and_those_that_mention_somebody(
    workspace: Workspace, bare_tiles: list[int]
) -> None:
    add_comment(workspace, bare_tiles[0], "Nobody in particular", ADA)
    (thread,) = add_comment(workspace, bare_tiles[1], "What is this?", ADA)
    add_comment(workspace, bare_tiles[1], "@Bo, please look", ADA, parent_id=thread.id)
    accept(workspace, bare_tiles[5], BO)  # bo is a known name from now on
    add_comment(workspace, bare_tiles[2], "@BO look here too. mail ada@bo.example", ADA)
    assert count(workspace, with_comments(TileFilter(), "open", "bo")) == 3
    mine = with_comments(TileFilter(), "mentions", "bo")
    assert [item.id for item in queue(workspace, mine, "name")] == bare_tiles[1:3]
    assert with_comments(TileFilter(), "nonsense", "bo") == TileFilter()
    assert open_comment_counts(workspace, "bo") == (3, 2)
    assert open_comment_counts(workspace, "b") == (3, 0)
    (third,) = tile_document(workspace, bare_tiles[2], ADA)["comments"]
    resolve_comment(workspace, third["id"], ADA)
    assert open_comment_counts(workspace, "bo") == (2, 1)


def test_mentions_are_names_after_at_signs() -> None:
    known = ["Ana Maria", "bo", "jo@example.org"]
    assert mentioned_names("@bo. @BO (@ana maria) @jo@example.org; x@bo.com @new-one!", known) == [
        "bo",
        "Ana Maria",
        "jo@example.org",
        "new-one",
    ]
    assert mentioned_names("@Ana Maria! @ana, @New-One", known) == ["Ana Maria", "ana", "New-One"]


def test_the_note_of_a_flag_is_the_first_comment(workspace: Workspace, bare_tiles: list[int]) -> None:
    tile = bare_tiles[0]
    answer = revisions.decide(workspace, tile, "flag", ADA, "Slick or wind?")
    assert answer["comments"] is not None
    (comment,) = answer["comments"]
    document = tile_document(workspace, tile, BO)
    assert (document["note"], document["comments"]) == ("Slick or wind?", [comment])
    resolve_comment(workspace, comment["id"], BO)
    assert tile_document(workspace, tile, BO)["note"] is None
    assert revisions.decide(workspace, tile, "reopen", ADA)["comments"] is None


@pytest.mark.parametrize(
    ("text", "at", "message"),
    [
        ("  ", None, "is empty"),
        ("x" * 2001, None, "2,001 characters"),
        ("a\0b", None, "control character"),
        ("here", (64, 0), "64, 0 is outside of"),
        ("here", (0, -1), "is outside of"),
    ],
)
def test_a_comment_that_cannot_be_used_changes_nothing(
    workspace: Workspace, bare_tiles: list[int], text: str, at: tuple[int, int] | None, message: str
) -> None:
    with pytest.raises(SettingsError, match=message):
        add_comment(workspace, bare_tiles[0], text, ADA, at=at)
    assert tile_document(workspace, bare_tiles[0], ADA)["comments"] == []


def test_replies_belong_to_a_thread_of_their_tile(workspace: Workspace, bare_tiles: list[int]) -> None:
    (first,) = add_comment(workspace, bare_tiles[0], "One", ADA)
    reply = add_comment(workspace, bare_tiles[0], "Two", ADA, parent_id=first.id)[1]
    with pytest.raises(MissingError, match="not on this tile"):
        add_comment(workspace, bare_tiles[1], "Three", ADA, parent_id=first.id)
    with pytest.raises(SettingsError, match="is a reply"):
        resolve_comment(workspace, reply.id, ADA)
    with pytest.raises(MissingError, match="no comment 99"):
        resolve_comment(workspace, 99, ADA)
    with pytest.raises(DeniedError):
        add_comment(workspace, bare_tiles[0], "Four", Actor("vi", "viewer"))


def test_a_blind_second_annotator_sees_no_comments(workspace: Workspace, bare_tiles: list[int]) -> None:
    accept(workspace, bare_tiles[0], ADA)
    add_comment(workspace, bare_tiles[0], "The lower one is wind", ADA)
    request_second_masks(workspace, "jo", 1, ADA)
    assert requested_tiles(workspace, JO) == [bare_tiles[0]]
    assert tile_document(workspace, bare_tiles[0], JO)["comments"] == []
    (item,) = [one for one in seen_items(workspace, queue(workspace), JO) if one.id == bare_tiles[0]]
    assert item.comments == 0
    with pytest.raises(SettingsError, match="blind second mask"):
        add_comment(workspace, bare_tiles[0], "A question", JO)
