"""Comments on tiles: threads with replies and mentions, which can be resolved."""

import re
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy.orm import Session

from seep.core.records import TileFilter
from seep.core.text import checked_text
from seep.errors import SettingsError
from seep.store import classes, scenes
from seep.store.comments import comments
from seep.store.comments.comments import CommentRecord
from seep.workflow.actor import Actor, requires
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.review.second_masks import BLIND, is_blind
from seep.workflow.workspace import Workspace

MAX_CHARACTERS = 2000
COMMENT_FILTERS = {"open": "Open comments", "mentions": "Comments that mention me"}
"""Filters of tiles by their comments: keys in addresses, and labels."""

_MENTION = r"(?<![\w@.])@([\w][\w.+@-]*)"


@requires("annotator", "comment on tiles")
def add_comment(
    workspace: Workspace,
    tile_id: int,
    text: str,
    actor: Actor,
    *,
    at: tuple[int, int] | None = None,
    parent_id: int | None = None,
) -> list[CommentRecord]:
    """Add a comment to a tile, or a reply to a thread, which opens a resolved one again.

    Args:
        text: up to `MAX_CHARACTERS`; "@name" mentions a person.
        at: (x, y), pixel of the tile; None for the whole tile, and for replies.
        parent_id: first comment of the thread; None begins one.

    Returns:
        All comments of the tile, oldest first.

    Raises:
        SettingsError: the text is empty, too long or not printable, or the pixel is outside the tile, or the actor
            draws a blind second mask of it.
        MissingError: there is no such tile or thread.
    """
    text = checked_text("The comment", text, MAX_CHARACTERS, lines=True)
    if not text:
        raise SettingsError("The comment is empty. Write a text first.")
    if is_blind(workspace, tile_id, actor):
        raise SettingsError(BLIND)
    with workspace.store.transaction() as session:
        tile = scenes.get_tile(session, tile_id)
        if at is not None and not (0 <= at[0] < tile.width and 0 <= at[1] < tile.height):
            raise SettingsError(
                f"The point {at[0]}, {at[1]} is outside of {tile.name}, which has {tile.width} x {tile.height} pixels. "
                "Choose a point on the tile."
            )
        comment(session, tile_id, text, actor.name, at=at, parent_id=parent_id)
        return comments.list_comments(session, tile_id)


def comment(
    session: Session,
    tile_id: int,
    text: str,
    author: str,
    *,
    at: tuple[int, int] | None = None,
    parent_id: int | None = None,
) -> None:
    """Add a checked comment in a transaction, with the people whom it mentions; see `add_comment`."""
    mentions = mentioned_names(text, classes.authors(session))
    comments.add(session, tile_id, text, author, at=at, parent_id=parent_id, mentions=mentions)


@requires("annotator", "comment on tiles")
def resolve_comment(
    workspace: Workspace, comment_id: int, actor: Actor, *, resolved: bool = True
) -> list[CommentRecord]:
    """Resolve a thread, or open it again.

    Returns:
        All comments of its tile, oldest first.

    Raises:
        MissingError: there is no such thread.
        SettingsError: it is a reply, or the actor draws a blind second mask of the tile.
    """
    with workspace.store.reading() as session:
        tile_id = comments.tile_of(session, comment_id)
    if is_blind(workspace, tile_id, actor):
        raise SettingsError(BLIND)
    with workspace.store.transaction() as session:
        comments.resolve(session, comment_id, actor.name, resolved=resolved)
        return comments.list_comments(session, tile_id)


def mentioned_names(text: str, known: list[str]) -> list[str]:
    """Return the names after @ in a text, each once: known names with spaces too, in their own spelling."""
    spelled = {name.casefold(): name for name in known}
    spaced = sorted((name for name in spelled if " " in name), key=len, reverse=True)
    whole = re.compile(
        "|".join([*(rf"(?<![\w@.])@({re.escape(name)})(?!\w)" for name in spaced), _MENTION]), re.I
    )
    found = (next(filter(None, one.groups())).rstrip(".-") for one in whole.finditer(text))
    named = dict.fromkeys(spelled.get(name.casefold(), name) for name in found)
    return [name for name in named if name and "," not in name]


def comment_entry(comment: CommentRecord) -> dict[str, Any]:
    """Return a comment as JSON."""
    return {**asdict(comment), "mentions": list(comment.mentions)}


@cached_until_commit
def open_comment_counts(workspace: Workspace, person: str) -> tuple[int, int]:
    """Return how many tiles have open comments, and on how many of them one mentions a person."""
    with workspace.store.reading() as session:
        return comments.count_open(session), comments.count_open(session, person)


@cached_until_commit
def has_comments(workspace: Workspace) -> bool:
    """Return whether the workspace has a comment, open or not."""
    with workspace.store.reading() as session:
        return comments.has_any(session)


def with_comments(chosen: TileFilter, name: str | None, person: str) -> TileFilter:
    """Return a filter with that of a key of `COMMENT_FILTERS` for a person; unchanged for other values."""
    if name == "open":
        return replace(chosen, commented=True)
    return replace(chosen, mentioned=person) if name == "mentions" else chosen
