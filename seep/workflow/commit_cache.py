"""Results that hold as long as nothing in the database changes."""

import threading
from collections.abc import Callable, Hashable
from copy import copy
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar, cast

from cachetools import LRUCache

from seep.workflow.workspace import Workspace

KEPT = 64
"""Results of each function that are kept."""

P = ParamSpec("P")
R = TypeVar("R")


def cached_until_commit(
    function: Callable[Concatenate[Workspace, P], R],
    most: int = KEPT,
) -> Callable[Concatenate[Workspace, P], R]:
    """Decorate a function of a workspace: it is called again only after a commit of any process.

    All tabs, and the parts of pages that refresh themselves, share its results; each caller gets a list or dictionary
    of its own. For functions whose result follows from the database and their arguments, not from files that may
    change, settings or the time.

    Args:
        most: number of results that are kept; fewer where they are large.
    """
    kept: LRUCache[Hashable, tuple[Hashable, R]] = LRUCache(most)
    lock = threading.Lock()

    @wraps(function)
    def ask(workspace: Workspace, *args: P.args, **kwargs: P.kwargs) -> R:
        # Before the function: what is committed meanwhile belongs to a later version, and is asked for again.
        version = workspace.store.version()
        key = (workspace.store.root, workspace.settings.database_url, args, tuple(sorted(kwargs.items())))
        with lock:
            found = kept.get(key)
        if found is None or found[0] != version:
            found = (version, function(workspace, *args, **kwargs))
            with lock:
                kept[key] = found
        return copy(found[1]) if isinstance(found[1], list | dict) else found[1]

    return cast(Callable[Concatenate[Workspace, P], R], ask)
