"""The table of routes, and the one function that every request passes.

Streamlit does not check requests to routes that an app adds. Here a method that can change something is refused
unless a page of this app sent it, before the handler is looked up, so that no new route can forget the check.
"""

from collections.abc import Awaitable, Callable

from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from seep.web import (
    comments,
    health,
    login,
    masks,
    metrics,
    oidc,
    places,
    run_previews,
    scene_tiles,
    static,
    tile_parts,
    tiles,
    uploads,
)
from seep.web.limiters import ReadLimiter, WriteLimiter
from seep.web.middleware import Guard
from seep.web.openapi import openapi_document
from seep.web.request import BY_TOKEN, JSON_BYTES, MASK_BYTES, Call, Entry, RequestError, read_call
from seep.web.responses import error_answer, json_answer
from seep.web.streamlit_patches.server import base_path
from seep.web.xsrf import check_same_origin
from seep.workflow.workspace import Workspace, open_workspace

PREFIX = "/seep"
SAFE_METHODS = ("GET", "HEAD")


class _IdConvertor(Convertor[int]):
    """Ids in addresses: at most 19 digits, as in the database. Python refuses to read thousands."""

    regex = "[0-9]{1,19}"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("id", _IdConvertor())


def _module(_workspace: Workspace, call: Call) -> Response:
    """Answer with one module of the browser's side."""
    return static.module(call)


def _openapi(_workspace: Workspace, _call: Call) -> Response:
    """Answer with this table as an OpenAPI document."""
    return json_answer(openapi_document(TABLE, base_path() + PREFIX))


TABLE: tuple[Entry, ...] = (
    Entry("GET", "/ui/{path:path}", "public", _module),
    Entry("GET", "/healthz", "public", health.healthz),
    Entry("GET", "/readyz", "public", health.readyz),
    Entry("GET", "/login", "public", login.page),
    Entry("POST", "/login", "public", login.sign_in, login.FORM_BYTES),
    Entry("POST", "/logout", "public", login.sign_out),
    Entry("GET", "/password", "public", login.password_page),
    Entry("POST", "/password", "public", login.change_password, login.FORM_BYTES),
    Entry("GET", "/metrics", "viewer", metrics.metrics),
    Entry("GET", "/oidc/login", "public", oidc.to_provider),
    Entry("GET", "/oidc/callback", "public", oidc.callback),
    Entry("GET", "/openapi.json", "viewer", _openapi),
    Entry("GET", "/queue", "viewer", tiles.list_queue),
    Entry("GET", "/tiles/{id:id}/document", "viewer", tiles.document),
    Entry("GET", "/summary", "viewer", tiles.summary),
    Entry("GET", "/tiles/{id:id}/neighbors", "viewer", tiles.neighbors),
    Entry("GET", "/tiles/{id:id}/predictions", "viewer", tiles.predictions),
    Entry("GET", "/tiles/{id:id}/passes", "viewer", places.tile_passes, slow=True),
    Entry("GET", "/tiles/{id:id}/pass", "viewer", places.tile_pass, slow=True),
    Entry("GET", "/tiles/{id:id}/sites", "viewer", places.tile_sites, slow=True),
    Entry("GET", "/tiles/{id:id}/classes", "viewer", places.class_history, slow=True),
    Entry("POST", "/tiles/{id:id}/slick-classes", "annotator", masks.slick_classes, MASK_BYTES, slow=True),
    Entry("POST", "/tiles/{id:id}/lock", "annotator", tiles.lock, JSON_BYTES),
    Entry("DELETE", "/tiles/{id:id}/lock", "annotator", tiles.unlock),
    Entry("POST", "/tiles/{id:id}/cause", "reviewer", tiles.decide_cause, JSON_BYTES),
    Entry("GET", "/tiles/{id:id}/image", "viewer", tiles.image),
    Entry("GET", "/tiles/{id:id}/thumbnail", "viewer", tiles.thumbnail),
    Entry("GET", "/tiles/{id:id}/part", "viewer", tile_parts.part),
    Entry("GET", "/scenes", "viewer", scene_tiles.scene_list),
    Entry("GET", "/scenes/{id:id}/document", "viewer", scene_tiles.document),
    Entry("GET", "/scenes/{id:id}/map/{path:path}", "viewer", scene_tiles.tile),
    Entry("GET", "/places/{id:id}/document", "viewer", places.document, slow=True),
    Entry("GET", "/places/{id:id}/export", "lead", places.export, slow=True),
    Entry("POST", "/places/{id:id}/sites", "reviewer", places.change, JSON_BYTES),
    Entry("GET", "/passes/{id:id}/picture", "viewer", places.picture, slow=True),
    Entry("GET", "/runs/{id:id}/previews/{path:path}", "viewer", run_previews.preview_mask),
    Entry("GET", "/revisions/{id:id}/mask", "viewer", masks.revision_mask),
    Entry("GET", "/predictions/{id:id}/mask", "viewer", masks.prediction_mask),
    Entry("GET", "/predictions/{id:id}/probability", "viewer", masks.prediction_probability),
    Entry("GET", "/tiles/{id:id}/draft", "viewer", masks.read_draft),
    Entry("PUT", "/tiles/{id:id}/draft", "annotator", masks.write_draft, MASK_BYTES),
    Entry("DELETE", "/tiles/{id:id}/draft", "annotator", masks.drop_draft),
    Entry("POST", "/tiles/{id:id}/revisions", "annotator", masks.save, MASK_BYTES),
    Entry("POST", "/tiles/{id:id}/restore", "annotator", masks.restore, MASK_BYTES),
    Entry("POST", "/tiles/{id:id}/decision", "reviewer", masks.decide, JSON_BYTES),
    Entry("POST", "/tiles/{id:id}/comments", "annotator", comments.add, JSON_BYTES),
    Entry("POST", "/comments/{id:id}/resolve", "annotator", comments.resolve, JSON_BYTES),
    Entry("POST", "/active-time", "annotator", tiles.active_time, JSON_BYTES),
    Entry("GET", "/uploads", "lead", uploads.listing),
    Entry("POST", "/uploads", "lead", receiver=uploads.receive),
    Entry("DELETE", "/uploads", "lead", uploads.drop),
)


def routes(open_: Callable[[], Workspace] = open_workspace) -> list[BaseRoute]:
    """Return the routes for `st.App`, behind `server.baseUrlPath` if that is set.

    Args:
        open_: gives the workspace; called in a worker thread at every request.
    """
    prefix = base_path() + PREFIX
    reads = ReadLimiter()
    changes = WriteLimiter(reads)
    table: list[BaseRoute] = [
        Route(prefix + entry.path, _endpoint(entry, open_, changes, reads), methods=[entry.method])
        for entry in TABLE
    ]
    everything = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]
    # Without this last line, a wrong address would get Streamlit's page instead of a sentence.
    return [*table, Route(prefix + "/{path:path}", _unknown, methods=everything)]


def middleware(open_: Callable[[], Workspace] = open_workspace) -> list[Middleware]:
    """Return the middleware for `st.App`, with the same argument as `routes`."""
    free = tuple(PREFIX + entry.path.partition("{")[0] for entry in TABLE if entry.role == "public")
    return [Middleware(Guard, open_=open_, free=free)]


def _endpoint(
    entry: Entry, open_: Callable[[], Workspace], changes: WriteLimiter, reads: ReadLimiter
) -> Callable[[Request], Awaitable[Response]]:
    handler, receiver = entry.handler, entry.receiver
    name = f"{entry.method} {entry.path}"
    run: Callable[[Callable[[], Response]], Awaitable[Response]]
    # Slow and public requests take no turn: quick reads must not wait for a computation of seconds, and a flood of
    # sign-ins, which anybody can send, must not hold up the saves of those who work.
    if entry.slow or entry.role == "public":
        run = run_in_threadpool
    else:
        run = reads.run if entry.method in SAFE_METHODS else changes.run

    def opened() -> Workspace:
        workspace = open_()
        if entry.role != "public":  # probes answer by themselves
            workspace.store.check()
        return workspace

    async def endpoint(request: Request) -> Response:
        request.scope[metrics.ROUTE] = name
        try:
            if request.method not in SAFE_METHODS and not request.scope.get(BY_TOKEN):
                check_same_origin(request.headers, request.scope["scheme"], required=True)
            if handler is None:
                assert receiver is not None
                call = await read_call(request, entry.role, None)
                return await receiver(await run_in_threadpool(opened), call, request.stream())
            call = await read_call(request, entry.role, entry.body_bytes)
            # In a thread: reading, hashing and SQL must not hold up the event loop that all sessions share.
            return await run(lambda: handler(opened(), call))
        except Exception as error:
            return error_answer(error)

    return endpoint


async def _unknown(request: Request) -> Response:
    return error_answer(
        RequestError(404, f"There is no address {request.url.path} for {request.method} in this app.")
    )
