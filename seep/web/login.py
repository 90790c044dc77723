"""The sign-in page: plain HTML without a script, and its two actions."""

from urllib.parse import parse_qs, quote, urlsplit

from jinja2 import Environment
from starlette.responses import RedirectResponse, Response

from seep.errors import DeniedError, TooManyError
from seep.web.identity import cookie_name, credentials
from seep.web.request import Call
from seep.web.streamlit_patches.server import base_path
from seep.workflow.access import accounts
from seep.workflow.workspace import Workspace

FORM_BYTES = 4096
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
_PAGE = Environment(autoescape=True).from_string("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Sign in - Seep</title>
<style>
:root { color-scheme: light dark; font: 14px -apple-system, "Segoe UI", "Noto Sans", sans-serif }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: light-dark(#f3f5f6, #1a1b1e);
  color: light-dark(#1c1f23, #e3e5e8) }
main { width: 20rem; padding: 2rem; border: 1px solid light-dark(#d9dde1, #383c42); border-radius: 4px;
  background: light-dark(#fff, #232529) }
h1 { margin: 0 0 1.2rem; font-size: 1.5rem; font-weight: 600 }
label { display: block; margin-top: 1rem }
input { box-sizing: border-box; width: 100%; margin-top: .4rem; padding: .5rem; font: inherit; border-radius: 4px;
  border: 1px solid light-dark(#8a9097, #71777e); background: light-dark(#fff, #1a1b1e); color: inherit }
button, .button { display: block; box-sizing: border-box; text-align: center; text-decoration: none }
button, .button { width: 100%; margin-top: 1.4rem; padding: .55rem; font: inherit; font-weight: 600;
  color: light-dark(#fff, #0b1216); background: light-dark(#0d6a8c, #3b94b8); border: 0;
  border-radius: 4px; cursor: pointer }
:is(input, button, a):focus-visible { outline: 2px solid #3b94b8; outline-offset: 2px }
[role=alert] { margin: 0; line-height: 1.45; color: light-dark(#a4262c, #ff9a9a) }
</style>
</head>
<body>
<main>
<h1>Sign in to Seep</h1>
{% if error and mode != "local" %}<p role="alert">{{ error }}</p>{% endif %}
{% if mode == "oidc" %}<p><a class="button" href="{{ provider_link }}">Sign in with {{ provider }}</a></p>
{% elif mode != "local" %}<p>This app has no accounts with passwords. Ask its admin how to sign in.</p>
{% else %}{% if error %}<p role="alert">{{ error }}</p>{% endif %}
<form method="post" action="{{ action }}">
<input type="hidden" name="next" value="{{ next }}">
<label>Name <input name="name" value="{{ name }}" autocomplete="username" required
{%- if not name %} autofocus{% endif %}></label>
<label>Password <input name="password" type="password" autocomplete="current-password" required
{%- if name %} autofocus{% endif %}></label>
<button>Sign in</button>
</form>{% endif %}
</main>
</body>
</html>
""")


def page(workspace: Workspace, call: Call) -> Response:
    """Answer with the sign-in page; `next` is the page to open afterward."""
    return sign_in_page(workspace, call.query.get("next", ""))


def sign_in(workspace: Workspace, call: Call) -> Response:
    """Start a session and set its cookie: a form with `name`, `password` and `next`."""
    try:
        form = parse_qs(call.body.decode(), max_num_fields=8)
    except ValueError:
        form = {}
    name, password, target = (form.get(field, [""])[0] for field in ("name", "password", "next"))
    if workspace.settings.auth != "local":
        return sign_in_page(workspace, target, status=403)
    try:
        browser = call.headers.get("user-agent", "")
        secret = accounts.sign_in(workspace, name.strip(), password, call.address, browser)
    except TooManyError as error:
        answer = sign_in_page(workspace, target, name, str(error), status=429)
        answer.headers["Retry-After"] = str(error.wait_s)
        return answer
    except DeniedError as error:
        return sign_in_page(workspace, target, name, str(error), status=401)
    return signed_in(call, secret, target)


def signed_in(call: Call, secret: str, target: str) -> Response:
    """Set the cookie of a session and open a page of this app."""
    answer = RedirectResponse(local_address(target), 303)
    answer.set_cookie(
        cookie_name(secure=call.secure),
        secret,
        max_age=accounts.SESSION_DAYS * 24 * 3600,
        secure=call.secure,
        httponly=True,
        samesite="lax",
    )
    return answer


def sign_out(workspace: Workspace, call: Call) -> Response:
    """End the session and delete its cookie."""
    given = credentials(call.headers, workspace.settings, secure=call.secure)
    if given.session:
        accounts.sign_out(workspace, given.session)
    answer = RedirectResponse(login_address(""), 303)
    answer.delete_cookie(cookie_name(secure=call.secure), secure=call.secure, httponly=True, samesite="lax")
    return answer


def login_address(target: str) -> str:
    """Return the address of the sign-in page that leads to a page afterward."""
    return f"{base_path()}/seep/login" + (f"?next={quote(target, safe='/')}" if target else "")


def local_address(target: str) -> str:
    """Return an address of this app: the given one if it is one, else the first page."""
    is_path = target.startswith("/") and not target.startswith("//") and "\\" not in target
    parts = urlsplit(target) if is_path and target.isprintable() else None
    return target if parts and not parts.scheme and not parts.netloc else f"{base_path()}/"


def sign_in_page(
    workspace: Workspace, target: str, name: str = "", error: str = "", *, status: int = 200
) -> Response:
    """Answer with the sign-in page.

    Args:
        error: why the last attempt failed, "" for none.
    """
    target = local_address(target)
    content = _PAGE.render(
        mode=workspace.settings.auth,
        action=f"{base_path()}/seep/login",
        next=target,
        provider=urlsplit(workspace.settings.oidc_issuer or "").hostname,
        provider_link=f"{base_path()}/seep/oidc/login?next={quote(target, safe='/')}",
        name=name,
        error=error,
    )
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": _POLICY}
    return Response(content, status, headers, "text/html; charset=utf-8")
