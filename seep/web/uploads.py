"""Handlers of uploads: files of any size go to the disk as they come, never through memory as a whole."""

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import asdict

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from seep.core.text import duration, number
from seep.errors import SeepError
from seep.web.request import Call, RequestError
from seep.web.responses import json_answer
from seep.workflow import uploads
from seep.workflow.uploads import UploadWriter, add_uploaded
from seep.workflow.workspace import Workspace

WRITTEN_AT_ONCE = 2**20
DRAINED_BYTES = 64 * 2**20
SILENT_S = 60
"""How long a browser may send nothing before its upload is given up."""
MIN_BYTES_PER_S = 1024
"""An upload that is slower for longer than `SILENT_S` is given up, so that it cannot hold its reserved space."""


async def receive(workspace: Workspace, call: Call, body: AsyncIterator[bytes]) -> Response:
    """Add one file to an upload: the query gives `token`, `name` and `role`, the body is the file.

    Answers with the added files (those of a zip) and the refused files of a zip.
    """
    token, length = call.query.get("token", ""), _length(call)
    try:
        target = uploads.upload_target(call.query.get("name", ""), call.query.get("role", ""))
        writer = await run_in_threadpool(UploadWriter, workspace, token, target, length, call.actor)
    except SeepError:
        await _drain(body, length)
        raise
    with writer:
        async for chunk in _joined(body):
            await run_in_threadpool(writer.write, chunk)
        path = await run_in_threadpool(writer.finish)
    added = await run_in_threadpool(add_uploaded, workspace, token, target, path)
    return json_answer(asdict(added), 201)


async def _drain(body: AsyncIterator[bytes], length: int) -> None:
    """Read a refused file to its end if it is small: a browser cut off in mid-sentence never hears why."""
    if length <= DRAINED_BYTES:
        async for _ in _joined(body):
            pass


def listing(workspace: Workspace, call: Call) -> Response:
    """Answer with the files of an upload."""
    files = uploads.list_files(workspace, call.query.get("token", ""))
    return json_answer({"files": [asdict(file) for file in files]})


def drop(workspace: Workspace, call: Call) -> Response:
    """Delete an upload with its files."""
    uploads.delete_upload(workspace, call.query.get("token", ""), call.actor)
    return json_answer({})


def _length(call: Call) -> int:
    text = call.headers.get("content-length", "")
    if not text.isascii() or not text.isdecimal() or len(text) > 15:
        raise RequestError(411, "The browser did not send the size of the file; upload it again.")
    return int(text)


async def _joined(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Join small chunks: a hop to a thread costs as much as writing a hundred kilobytes."""
    waiting, received, started = bytearray(), 0, time.monotonic()
    while True:
        try:
            chunk = await asyncio.wait_for(anext(body, None), SILENT_S)
        except TimeoutError as error:
            raise RequestError(408, f"No data arrived for {SILENT_S} s; upload the file again.") from error
        except ClientDisconnect as error:  # canceled, or the connection broke: nobody hears the answer
            raise RequestError(400, "The upload was interrupted; upload the file again.") from error
        if chunk is None:
            break
        waiting += chunk
        received += len(chunk)
        elapsed_s = time.monotonic() - started
        if elapsed_s > SILENT_S and received < elapsed_s * MIN_BYTES_PER_S:
            raise RequestError(
                408, f"Only {number(received)} bytes arrived in {duration(elapsed_s)}; upload the file again."
            )
        if len(waiting) >= WRITTEN_AT_ONCE:
            yield bytes(waiting)
            waiting.clear()
    if waiting:
        yield bytes(waiting)
