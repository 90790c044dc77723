"""The browser's side: plain ES modules, served from memory under a hash of their content.

The hash stands in the path, so that the modules which a module imports are versioned with it, and each is
fetched once. Nothing is built. Only what was found in their folders can be asked for: an address is
looked up among names, never joined to a path.
"""

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock

from cachetools import TTLCache, cached
from starlette.responses import Response

from seep.errors import MissingError
from seep.web.request import Call

UI = Path(__file__).resolve().parent.parent / "ui" / "components"
MEDIA_TYPES = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}


@dataclass(frozen=True)
class Bundle:
    """All modules of all components: `hash` of the content, `files` by name such as "gallery/frontend/main.js"."""

    hash: str
    files: Mapping[str, bytes]


@cached(TTLCache(maxsize=1, ttl=1.0), lock=Lock())
def bundle() -> Bundle:
    """Return the modules as they were on disk within the last second; read again only after a file changed.

    Every component of a page asks for them, and each look at the disk takes up to 20 ms.
    """
    return _read(tuple(sorted(_found(str(UI)))))


def _found(folder: str) -> Iterator[tuple[str, int]]:
    """Yield path and time of the modules below a folder; `Path.rglob` takes several times as long."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _found(entry.path)
            elif entry.name.endswith(tuple(MEDIA_TYPES)):
                yield entry.path, entry.stat().st_mtime_ns


@lru_cache(maxsize=1)
def _read(found: tuple[tuple[str, int], ...]) -> Bundle:
    files = {Path(path).relative_to(UI).as_posix(): Path(path).read_bytes() for path, _ in found}
    digest = hashlib.sha256()
    for name, content in files.items():
        digest.update(f"{name} {len(content)}\n".encode() + content)
    return Bundle(digest.hexdigest()[:16], files)


def module(call: Call) -> Response:
    """Answer with one module of the browser's side.

    Raises:
        MissingError: there is no such module in this version of the app.
    """
    version, _, name = call.path.partition("/")
    current = bundle()
    if version != current.hash or name not in current.files:
        raise MissingError("This page belongs to another version of the app; reload it.")
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(current.files[name], 200, headers, MEDIA_TYPES[Path(name).suffix])
