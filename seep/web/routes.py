"""The table of routes, and the one door through which every request comes.

Routes added to Streamlit's application have no check of their own (reliability: deny by default). Here a
method that can change something needs the page's token and origin before its handler is looked at, so a
new route cannot forget it.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from starlette.concurrency import run_in_threadpool
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from seep.web import masks, run_previews, scene_tiles, static, tile_parts, tiles, uploads
from seep.web.middleware import Guard
from seep.web.request import Call, RequestError, read_call
from seep.web.responses import error_answer
from seep.web.xsrf import base_path, check_change
from seep.workflow.workspace import Workspace, open_workspace

PREFIX = "/seep"
SAFE_METHODS = ("GET", "HEAD")

Handler = Callable[[Workspace, Call], Response]
Receiver = Callable[[Workspace, Call, AsyncIterator[bytes]], Awaitable[Response]]


@dataclass(frozen=True)
class Entry:
    """One line of the table: the method and address that a handler answers.

    A `receiver` in place of a handler reads the body itself, as it comes, and keeps a limit of its own.
    """

    method: str
    path: str
    handler: Handler | None = None
    receiver: Receiver | None = None


def _module(_workspace: Workspace, call: Call) -> Response:
    return static.module(call)


TABLE = (
    Entry("GET", "/ui/{path:path}", _module),
    Entry("GET", "/queue", tiles.list_queue),
    Entry("GET", "/tiles/{id:int}/document", tiles.document),
    Entry("GET", "/summary", tiles.summary),
    Entry("GET", "/tiles/{id:int}/neighbors", tiles.neighbors),
    Entry("GET", "/tiles/{id:int}/predictions", tiles.predictions),
    Entry("POST", "/tiles/{id:int}/hold", tiles.hold),
    Entry("DELETE", "/tiles/{id:int}/hold", tiles.leave),
    Entry("GET", "/tiles/{id:int}/image", tiles.image),
    Entry("GET", "/tiles/{id:int}/thumbnail", tiles.thumbnail),
    Entry("GET", "/tiles/{id:int}/part", tile_parts.part),
    Entry("GET", "/scenes", scene_tiles.scene_list),
    Entry("GET", "/scenes/{id:int}/document", scene_tiles.document),
    Entry("GET", "/scenes/{id:int}/map/{path:path}", scene_tiles.tile),
    Entry("GET", "/runs/{id:int}/previews/{path:path}", run_previews.preview_mask),
    Entry("GET", "/revisions/{id:int}/mask", masks.revision_mask),
    Entry("GET", "/predictions/{id:int}/mask", masks.prediction_mask),
    Entry("GET", "/predictions/{id:int}/probability", masks.prediction_probability),
    Entry("GET", "/tiles/{id:int}/draft", masks.read_draft),
    Entry("PUT", "/tiles/{id:int}/draft", masks.write_draft),
    Entry("DELETE", "/tiles/{id:int}/draft", masks.drop_draft),
    Entry("POST", "/tiles/{id:int}/revisions", masks.save),
    Entry("POST", "/tiles/{id:int}/restore", masks.restore),
    Entry("POST", "/tiles/{id:int}/decision", masks.decide),
    Entry("GET", "/uploads", uploads.listing),
    Entry("POST", "/uploads", receiver=uploads.receive),
    Entry("DELETE", "/uploads", uploads.drop),
)


def routes(open_: Callable[[], Workspace] = open_workspace) -> list[BaseRoute]:
    """Return the routes for `st.App`, behind `server.baseUrlPath` if that is set.

    Args:
        open_: gives the workspace; called in a worker thread at every request.
    """
    prefix = base_path() + PREFIX
    table: list[BaseRoute] = [
        Route(prefix + entry.path, _endpoint(entry, open_), methods=[entry.method]) for entry in TABLE
    ]
    everything = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
    # Without this last line, a wrong address would get Streamlit's page instead of a sentence.
    return [*table, Route(prefix + "/{path:path}", _unknown, methods=everything)]


def middleware() -> list[Middleware]:
    """Return the middleware for `st.App`."""
    return [Middleware(Guard)]


def _endpoint(entry: Entry, open_: Callable[[], Workspace]) -> Callable[[Request], Awaitable[Response]]:
    handler, receiver = entry.handler, entry.receiver

    async def endpoint(request: Request) -> Response:
        try:
            if request.method not in SAFE_METHODS:
                check_change(request.headers, request.cookies)
            if handler is None:
                assert receiver is not None
                call = await read_call(request, body=False)
                return await receiver(await run_in_threadpool(open_), call, request.stream())
            call = await read_call(request)
            # In a thread: reading, hashing and SQL must not hold up the event loop that all sessions share.
            return await run_in_threadpool(lambda: handler(open_(), call))
        except Exception as error:
            return error_answer(error)

    return endpoint


async def _unknown(request: Request) -> Response:
    return error_answer(
        RequestError(404, f"There is no address {request.url.path} for {request.method} in this app.")
    )
