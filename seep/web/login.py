"""The pages for signing in and for changing one's password: plain HTML without a script, and their actions."""

from urllib.parse import parse_qs, quote, urlsplit

from jinja2 import Environment
from starlette.responses import RedirectResponse, Response

from seep.errors import DeniedError, SeepError, SignedOutError, TooManyError
from seep.web.identity import cookie_name, credentials
from seep.web.request import Call, RequestError
from seep.web.responses import error_status
from seep.web.streamlit_patches.server import base_path
from seep.workflow.access import accounts
from seep.workflow.access.accounts import SignedIn, Visitor
from seep.workflow.access.passwords import MAX_CHARACTERS, MIN_CHARACTERS
from seep.workflow.workspace import Workspace

FORM_BYTES = 4096
KNOWN_DAYS = 365
"""A browser with which somebody signed in stays known for that long."""
_KNOWN, _KNOWN_SECURE = "seep-browser", "__Host-seep-browser"
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
_PAGE = Environment(autoescape=True).from_string("""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{{ title }} - Seep</title>
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
#rule { margin: .3rem 0 0; font-size: .85em } a { color: inherit }
[role=alert] { margin: 0; line-height: 1.45; color: light-dark(#a4262c, #ff9a9a) }
</style>
</head>
<body>
<main>
<h1>{{ title }}</h1>
{% if person %}{% if error %}<p role="alert">{{ error }}</p>
{% elif must_change %}<p>Choose your own password to go on.</p>{% endif %}
<form method="post" action="{{ action }}">
<input type="hidden" name="next" value="{{ next }}">
<input hidden autocomplete="username" value="{{ person }}">
<label>Current password <input name="current" type="password" autocomplete="current-password" required
 autofocus></label>
<label>New password <input name="new" type="password" autocomplete="new-password" required
 minlength="{{ shortest }}" maxlength="{{ longest }}" aria-describedby="rule"></label>
<p id="rule">At least {{ shortest }} characters.</p>
<label>New password again <input name="again" type="password" autocomplete="new-password" required></label>
<button>Change password</button>
</form>
<p>Your sessions in all other browsers end.{% if not must_change %}
<a href="{{ next }}">Cancel</a>{% endif %}</p>
{% else %}
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
</form>{% endif %}{% endif %}
</main>
</body>
</html>
""")


def page(workspace: Workspace, call: Call) -> Response:
    """Answer with the sign-in page; `next` is the page to open afterward."""
    target = call.query.get("next", "")
    if workspace.settings.auth == "local" and _must_change(workspace, call):
        return RedirectResponse(password_address(target), 303)
    return sign_in_page(workspace, target)


def sign_in(workspace: Workspace, call: Call) -> Response:
    """Start a session and set its cookie: a form with `name`, `password` and `next`."""
    name, password, target = _form(call, "name", "password", "next")
    if workspace.settings.auth != "local":
        return sign_in_page(workspace, target, status=403)
    try:
        done = accounts.sign_in(workspace, name.strip(), password, _visitor(call))
    except TooManyError as error:
        answer = sign_in_page(workspace, target, name, str(error), status=429)
        answer.headers["Retry-After"] = str(error.wait_s)
        return answer
    except DeniedError as error:
        return sign_in_page(workspace, target, name, str(error), status=401)
    return _known_and_signed_in(call, done, target)


def password_page(workspace: Workspace, call: Call) -> Response:
    """Answer with the page on which people change their own password; `next` is the page to open afterward."""
    return _password_page(workspace, call, call.query.get("next", ""))


def change_password(workspace: Workspace, call: Call) -> Response:
    """Change the password of whoever sends the form: `current`, `new`, `again` and `next`."""
    current, wanted, again, target = _form(call, "current", "new", "again", "next")
    try:
        if wanted != again:
            raise RequestError(400, "The new passwords are not the same. Enter the new password twice.")
        done = accounts.change_own_password(
            workspace, _session_of(workspace, call), current, wanted, _visitor(call)
        )
    except SignedOutError:
        return RedirectResponse(login_address(target), 303)
    except SeepError as error:
        answer = _password_page(workspace, call, target, str(error), status=error_status(error))
        if isinstance(error, TooManyError):
            answer.headers["Retry-After"] = str(error.wait_s)
        return answer
    return _known_and_signed_in(call, done, target)


def signed_in(call: Call, secret: str, target: str) -> Response:
    """Set the cookie of a session and open a page of this app."""
    answer = RedirectResponse(local_address(target), 303)
    _set_cookie(answer, call, cookie_name(secure=call.secure), secret, accounts.SESSION_DAYS)
    return answer


def sign_out(workspace: Workspace, call: Call) -> Response:
    """End the session and delete its cookie."""
    secret = _session_of(workspace, call)
    if secret:
        accounts.sign_out(workspace, secret, call.address)
    answer = RedirectResponse(login_address(""), 303)
    answer.delete_cookie(cookie_name(secure=call.secure), secure=call.secure, httponly=True, samesite="lax")
    return answer


def login_address(target: str) -> str:
    """Return the address of the sign-in page that leads to a page afterward."""
    return f"{base_path()}/seep/login" + (f"?next={quote(target, safe='/')}" if target else "")


def password_address(target: str) -> str:
    """Return the address of the page on which people change their own password."""
    return f"{base_path()}/seep/password" + (f"?next={quote(target, safe='/')}" if target else "")


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
    return _answer(
        status,
        title="Sign in to Seep",
        mode=workspace.settings.auth,
        action=f"{base_path()}/seep/login",
        next=target,
        provider=urlsplit(workspace.settings.oidc_issuer or "").hostname,
        provider_link=f"{base_path()}/seep/oidc/login?next={quote(target, safe='/')}",
        name=name,
        error=error,
    )


def _password_page(
    workspace: Workspace, call: Call, target: str, error: str = "", *, status: int = 200
) -> Response:
    try:
        person = accounts.local_person(workspace, _session_of(workspace, call))
    except SignedOutError:
        return RedirectResponse(login_address(target), 303)
    return _answer(
        status,
        title="Change password",
        person=person.subject,
        must_change=person.must_change_password,
        action=f"{base_path()}/seep/password",
        next=local_address(target),
        shortest=MIN_CHARACTERS,
        longest=MAX_CHARACTERS,
        error=error,
    )


def _answer(status: int, **content: object) -> Response:
    headers = {"Cache-Control": "no-store", "Content-Security-Policy": _POLICY}
    return Response(_PAGE.render(**content), status, headers, "text/html; charset=utf-8")


def _form(call: Call, *names: str) -> list[str]:
    try:
        form = parse_qs(call.body.decode(), max_num_fields=8)
    except ValueError:
        form = {}
    return [form.get(name, [""])[0] for name in names]


def _visitor(call: Call) -> Visitor:
    known = call.cookies.get(_KNOWN_SECURE if call.secure else _KNOWN, "")
    return Visitor(call.address, call.headers.get("user-agent", ""), known)


def _session_of(workspace: Workspace, call: Call) -> str:
    return credentials(call.headers, workspace.settings, secure=call.secure).session


def _must_change(workspace: Workspace, call: Call) -> bool:
    try:
        return accounts.local_person(workspace, _session_of(workspace, call)).must_change_password
    except SignedOutError:
        return False


def _known_and_signed_in(call: Call, done: SignedIn, target: str) -> Response:
    answer = signed_in(call, done.secret, password_address(target) if done.must_change_password else target)
    _set_cookie(answer, call, _KNOWN_SECURE if call.secure else _KNOWN, done.known, KNOWN_DAYS)
    return answer


def _set_cookie(answer: Response, call: Call, name: str, value: str, days: int) -> None:
    answer.set_cookie(
        name, value, max_age=days * 24 * 3600, secure=call.secure, httponly=True, samesite="lax"
    )
