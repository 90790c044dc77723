"""The two addresses of signing in by an OpenID Connect provider: to the provider, and back."""

from starlette.responses import RedirectResponse, Response

from seep.errors import SeepError
from seep.web.login import local_address, sign_in_page, signed_in
from seep.web.request import Call, RequestError
from seep.web.responses import error_status
from seep.web.streamlit_patches.server import base_path
from seep.workflow.access import oidc
from seep.workflow.workspace import Workspace

PLAIN_COOKIE, SECURE_COOKIE = "seep-sign-in", "__Host-seep-sign-in"
"""Names of the cookie of a sign-in that has begun, without and with HTTPS."""


def to_provider(workspace: Workspace, call: Call) -> Response:
    """Send the browser to the provider; `next` is the page to open afterward."""
    _check_mode(workspace)
    scheme = "https" if call.secure else "http"
    redirect_uri = f"{scheme}://{call.headers.get('host', '')}{base_path()}/seep/oidc/callback"
    target = local_address(call.query.get("next", ""))
    try:
        started = oidc.begin(workspace, redirect_uri, target)
    except SeepError as error:
        return sign_in_page(workspace, target, error=str(error), status=error_status(error))
    answer = RedirectResponse(started.url, 303, {"Cache-Control": "no-store"})
    answer.set_cookie(
        _cookie_name(call),
        started.pending,
        max_age=oidc.PENDING_S,
        secure=call.secure,
        httponly=True,
        samesite="lax",
    )
    return answer


def callback(workspace: Workspace, call: Call) -> Response:
    """Check the provider's answer, start a session and set its cookie."""
    _check_mode(workspace)
    try:
        pending = call.cookies.get(_cookie_name(call), "")
        done = oidc.finish(workspace, call.query, pending, call.headers.get("user-agent", ""), call.address)
        answer = signed_in(call, done.secret, done.target)
    except SeepError as error:
        answer = sign_in_page(workspace, "", error=str(error), status=error_status(error))
    answer.delete_cookie(_cookie_name(call), secure=call.secure, httponly=True, samesite="lax")
    return answer


def _cookie_name(call: Call) -> str:
    return SECURE_COOKIE if call.secure else PLAIN_COOKIE


def _check_mode(workspace: Workspace) -> None:
    if workspace.settings.auth != "oidc":
        raise RequestError(404, "This app has no sign-in by a provider. Open its sign-in page.")
