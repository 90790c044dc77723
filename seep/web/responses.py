"""Answers: JSON, pixels with an ETag, and errors as one sentence with the right status."""

import errno
import hashlib
import json
import logging
from typing import Any

import numpy as np
import numpy.typing as npt
from starlette.responses import Response

from seep.core.masks.mask import pack
from seep.errors import (
    BusyError,
    ConflictError,
    DeniedError,
    LostError,
    MissingError,
    ProviderError,
    SeepError,
    SignedOutError,
    StorageError,
    TooManyError,
    UnconfirmedError,
    WorkspaceError,
)
from seep.web.request import Call, RequestError

LOGGER = logging.getLogger("seep.web")
BUSY, OPEN_WAIT_S = 503, 10
"""Status where the app cannot serve now, and seconds until a workspace that could not be opened is tried again."""
FULL_DISK = {errno.ENOSPC, errno.EDQUOT}
_STATUSES = (
    (SignedOutError, 401),
    (TooManyError, 429),
    (DeniedError, 403),
    (MissingError, 404),
    (ConflictError, 409),
    (LostError, 410),
    (UnconfirmedError, 422),
    (ProviderError, 502),
    (BusyError, 503),
)
WIRE_DTYPES = ("uint8", "uint16", "int16", "float32")


def json_answer(content: Any, status: int = 200) -> Response:
    """Answer with JSON that is never stored by the browser."""
    return Response(
        json.dumps(content, ensure_ascii=False, allow_nan=False).encode(),
        status,
        {"Cache-Control": "no-store"},
        "application/json",
    )


def bytes_answer(
    call: Call, content: bytes, media_type: str, etag: str = "", headers: dict[str, str] | None = None
) -> Response:
    """Answer with bytes under an ETag; 304 without bytes if the browser still has the same.

    Kept, but asked again each time, even what never changes under its id: the same id in another workspace
    behind the same address means other pixels, and painting on those would go unnoticed.
    """
    tag = f'"{etag or hashlib.blake2b(content, digest_size=16).hexdigest()}"'
    fields = {"ETag": tag, "Cache-Control": "private, no-cache", **(headers or {})}
    if tag in [
        known.strip().removeprefix("W/") for known in call.headers.get("if-none-match", "").split(",")
    ]:
        return Response(b"", 304, fields)
    return Response(content, 200, fields, media_type)


def image_answer(call: Call, image: npt.NDArray[Any]) -> Response:
    """Answer with raw pixels: little-endian, row-major (H, W, bands).

    Args:
        image: (H, W) or (H, W, bands); a dtype that no JavaScript array of the contract holds becomes the
            narrowest of uint8, uint16, int16 and float32 that does.
    """
    pixels = image[..., np.newaxis] if image.ndim == 2 else image
    name = pixels.dtype.name
    if name not in WIRE_DTYPES:
        name = next(
            (wider for wider in WIRE_DTYPES if np.can_cast(pixels.dtype, wider)),
            "float32",
        )
    wire = np.ascontiguousarray(pixels, dtype=np.dtype(name).newbyteorder("<"))
    return _pixels(call, wire.tobytes(), wire.shape, {"X-Seep-Dtype": name})


def mask_answer(call: Call, mask: npt.NDArray[Any]) -> Response:
    """Answer with (H, W) uint8 pixels, row-major, deflated by zlib; floats of 0 to 1 become 0 to 255."""
    pixels = np.rint(mask * 255.0) if np.issubdtype(mask.dtype, np.floating) else mask
    return _pixels(call, pack(np.ascontiguousarray(pixels, dtype=np.uint8)), mask.shape, {})


def _pixels(call: Call, content: bytes, shape: tuple[int, ...], headers: dict[str, str]) -> Response:
    # "identity" keeps Streamlit's gzip away: 0.7 s on 8 MB of speckle to save 15 %.
    fields = {"Content-Encoding": "identity", "X-Seep-Shape": ",".join(map(str, shape)), **headers}
    return bytes_answer(call, content, "application/octet-stream", headers=fields)


def error_answer(error: Exception) -> Response:
    """Answer with {"error": sentence}; a conflict also says which revision, by whom and when.

    Anything that Seep did not raise on purpose is a bug: logged with its traceback, told without details.
    """
    status = error_status(error)
    if not isinstance(error, SeepError):
        LOGGER.error("A request failed", exc_info=error)
        sentence = "Something went wrong in the app; what you did is not saved. The log has the details."
        return json_answer({"error": sentence}, status)
    content: dict[str, Any] = {"error": str(error)}
    if isinstance(error, ConflictError):
        content |= {"revision_id": error.revision_id, "author": error.author, "created_at": error.created_at}
    answer = json_answer(content, status)
    if status == BUSY:
        answer.headers["Retry-After"] = str(error.wait_s if isinstance(error, BusyError) else OPEN_WAIT_S)
    return answer


def error_status(error: BaseException) -> int:
    """Return the HTTP status that fits an error: 400 for what the sender can mend, 500 for a bug."""
    if isinstance(error, RequestError):
        return error.status
    known = next((status for kind, status in _STATUSES if isinstance(error, kind)), None)
    if known is not None:
        return known
    if isinstance(error, StorageError | WorkspaceError):
        return 507 if _disk_full(error) else 503 if isinstance(error, WorkspaceError) else 500
    return 400 if isinstance(error, SeepError) else 500


def _disk_full(error: BaseException | None) -> bool:
    while error is not None:
        # SQLite has no errno, only these words; an upload is refused while some space is left
        if any(words in str(error) for words in ("disk is full", "Not enough disk space")) or (
            isinstance(error, OSError) and error.errno in FULL_DISK
        ):
            return True
        error = error.__cause__
    return False
