"""Sign-in by an OpenID Connect provider: authorization code flow with PKCE, state and nonce.

The names of parameters and claims are those of OpenID Connect Core 1.0 and of RFC 7636 (PKCE). What belongs to one
sign-in is in a signed value that the browser keeps, so any process of the app can finish what another one began.
"""

import hashlib
import hmac
import logging
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from cachetools import TTLCache
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet, OctKey
from joserfc.jws import JWSRegistry

from seep.core.text import is_printable
from seep.errors import DeniedError, ProviderError
from seep.settings import Settings
from seep.workflow.access import accounts
from seep.workflow.actor import ROLES, Role
from seep.workflow.workspace import Workspace

PENDING_S = 600
"""Time to sign in at the provider."""
LEEWAY_S = 60
"""Accepted difference between the clocks of the provider and this machine."""
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
"""Signatures by a key that only the provider has."""
MAX_SUBJECT = 255
_PROVIDER_S = 3600
_ANSWER_S = 10
_LOOPBACK = {"127.0.0.1", "::1", "localhost"}
_LOGGER = logging.getLogger("seep.access")
_lock = threading.Lock()
_providers: TTLCache[str, "Provider"] = TTLCache(8, _PROVIDER_S)
_used_states: TTLCache[str, bool] = TTLCache(100_000, PENDING_S + LEEWAY_S, timer=time.monotonic)


@dataclass(frozen=True)
class Provider:
    """What the discovery document of a provider says, and the keys that verify its signatures."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    keys: KeySet


@dataclass(frozen=True)
class Started:
    """A sign-in that has begun.

    Attributes:
        url: address at the provider, for the browser.
        pending: signed value for a cookie of this browser.
    """

    url: str
    pending: str


@dataclass(frozen=True)
class Finished:
    """A sign-in that succeeded: the secret of the session, and the page to open."""

    secret: str
    target: str


def begin(workspace: Workspace, redirect_uri: str, target: str) -> Started:
    """Return where the browser goes to sign in.

    Args:
        redirect_uri: address of the callback, registered at the provider.
        target: page of this app to open afterward.

    Raises:
        ProviderError: the provider does not answer, or its answer is invalid.
    """
    settings = workspace.settings
    provider = _provider(settings)
    state, nonce, verifier = (secrets.token_urlsafe(32) for _ in range(3))
    with _client(settings, redirect_uri) as client:
        url, _ = client.create_authorization_url(
            provider.authorization_endpoint, state=state, nonce=nonce, code_verifier=verifier
        )
    claims = {"state": state, "nonce": nonce, "verifier": verifier, "redirect_uri": redirect_uri,
              "target": target, "exp": int(time.time()) + PENDING_S}  # fmt: skip
    return Started(str(url), jwt.encode({"alg": "HS256"}, claims, _pending_key(settings)))


def finish(
    workspace: Workspace, query: Mapping[str, str], pending: str, browser: str, address: str = ""
) -> Finished:
    """Check the provider's answer and start a session.

    Args:
        query: parameters of the callback: `code` and `state`, or `error`.
        pending: the signed value from the cookie.
        browser: what the browser calls itself, for the list of sessions.
        address: of the browser, for the activity log.

    Raises:
        DeniedError: the answer does not belong to this sign-in, was used, is not valid, or the person is disabled.
        ProviderError: the provider does not answer.
    """
    settings = workspace.settings
    begun = _pending_claims(settings, pending)
    _use_state(begun, query)
    if "error" in query or not query.get("code"):
        _LOGGER.warning("The provider refused a sign-in: %.200r", query.get("error", "no code"))
        raise DeniedError("The provider did not sign you in. Try again, or ask its admin.")
    provider = _provider(settings)
    if query.get("iss", provider.issuer) != provider.issuer:  # RFC 9207
        raise _refused("the answer names another issuer")
    token = _fetch_token(settings, provider, query["code"], begun)
    claims = _verified_claims(settings, token, str(begun["nonce"]))
    subject = f"{provider.issuer}#{claims['sub']}"  # an issuer has no fragment (OpenID Connect Discovery 1.0)
    email = _verified_email(claims)
    role = _role_of(settings, claims, email)
    person = accounts.person_of(
        workspace, "oidc", subject, _shown_name(claims), account=email or None, role=role
    )
    if person.disabled:
        raise DeniedError("Your account is disabled. Ask an admin of this app.")
    return Finished(accounts.start_session(workspace, person.id, browser, address), str(begun["target"]))


def is_safe_address(url: str) -> bool:
    """Return whether secrets may be sent to an address: HTTPS, or HTTP on this machine."""
    parts = urlsplit(url)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    )


def _client(settings: Settings, redirect_uri: str = "") -> Any:
    from authlib.integrations.requests_client import OAuth2Session

    return OAuth2Session(
        settings.oidc_client_id,
        settings.oidc_client_secret,
        scope=settings.oidc_scope,
        redirect_uri=redirect_uri,
        code_challenge_method="S256",
        default_timeout=_ANSWER_S,
    )


def _provider(settings: Settings, *, again: bool = False) -> Provider:
    """Return the provider; its document and keys are read once per hour, or `again` for a new key."""
    issuer = (settings.oidc_issuer or "").rstrip("/")
    with _lock:
        known = _providers.get(issuer)
        if known is None or again:
            known = _providers[issuer] = _read_provider(settings, issuer)
        return known


def _read_provider(settings: Settings, issuer: str) -> Provider:
    document = _get_json(settings, f"{issuer}/.well-known/openid-configuration")
    fields = {name: document.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    if str(document.get("issuer", "")).rstrip("/") != issuer:
        raise ProviderError(
            f"The provider names the issuer {str(document.get('issuer'))[:200]!r}, not {issuer!r}. "
            "Set SEEP_OIDC_ISSUER."
        )
    for name, url in fields.items():
        if not isinstance(url, str) or not is_safe_address(url):
            raise ProviderError(
                f"The provider's {name} is {str(url)[:200]!r}, not an https:// address. Check SEEP_OIDC_ISSUER."
            )
    try:
        keys = KeySet.import_key_set(_get_json(settings, str(fields["jwks_uri"])))  # type: ignore[arg-type]
    except (JoseError, ValueError, KeyError, TypeError) as error:
        raise ProviderError("The keys of the provider cannot be read. Try again later.") from error
    endpoints = {name: str(url) for name, url in fields.items()}
    return Provider(issuer=str(document["issuer"]), keys=keys, **endpoints)


def _get_json(settings: Settings, url: str) -> dict[str, Any]:
    try:
        with _client(settings) as client:
            answer = client.get(url, withhold_token=True, allow_redirects=False)
            answer.raise_for_status()
            content = answer.json()
    except (OSError, ValueError) as error:
        raise ProviderError(
            f"The sign-in provider {url} does not answer as expected ({type(error).__name__}). Try again later."
        ) from error
    if not isinstance(content, dict):
        raise ProviderError(
            f"The answer of the sign-in provider {url} is not a JSON object. Check the address."
        )
    return content


def _pending_key(settings: Settings) -> OctKey:
    secret = (settings.oidc_client_secret or "").encode()
    return OctKey.import_key(hashlib.sha256(b"seep pending sign-in\0" + secret).digest())


def _pending_claims(settings: Settings, pending: str) -> dict[str, Any]:
    try:
        claims = jwt.decode(pending, _pending_key(settings), algorithms=["HS256"]).claims
    except (JoseError, ValueError) as error:
        raise _refused("this browser has not begun to sign in") from error
    if int(claims["exp"]) < time.time():
        raise _refused(f"it took longer than {PENDING_S // 60} minutes")
    return claims


def _use_state(begun: dict[str, Any], query: Mapping[str, str]) -> None:
    state = str(begun["state"])
    if not hmac.compare_digest(state.encode(), query.get("state", "").encode()):
        raise _refused("the state is another one")
    with _lock:
        if state in _used_states:
            raise _refused("the state was used before")
        _used_states[state] = True


def _fetch_token(settings: Settings, provider: Provider, code: str, begun: dict[str, Any]) -> dict[str, Any]:
    from authlib.common.errors import AuthlibBaseError

    try:
        with _client(settings, str(begun["redirect_uri"])) as client:
            token = client.fetch_token(
                provider.token_endpoint,
                grant_type="authorization_code",
                code=code,
                code_verifier=str(begun["verifier"]),
                allow_redirects=False,
            )
    except AuthlibBaseError as error:
        raise _refused("the provider refused the code") from error
    except (OSError, ValueError) as error:
        raise ProviderError(
            f"The sign-in provider {provider.token_endpoint} does not answer as expected "
            f"({type(error).__name__}). Try again later."
        ) from error
    return dict(token)


def _verified_claims(settings: Settings, token: dict[str, Any], nonce: str) -> dict[str, Any]:
    from authlib.oidc.core import CodeIDToken

    provider = _provider(settings)
    try:
        try:
            decoded = _decode(token, provider)
        except InvalidKeyIdError:  # the provider has a new key
            decoded = _decode(token, _provider(settings, again=True))
        options = {"iss": {"value": provider.issuer}, "aud": {"value": settings.oidc_client_id}}
        parameters = {"nonce": nonce, "client_id": settings.oidc_client_id,
                      "access_token": token.get("access_token")}  # fmt: skip
        claims = CodeIDToken(decoded.claims, decoded.header, options, parameters)
        claims.validate(leeway=LEEWAY_S)
    except (JoseError, ValueError, TypeError) as error:
        raise _refused(f"{getattr(error, 'error', 'invalid token')}: {error}"[:200]) from error
    subject = claims["sub"]
    if (
        not isinstance(subject, str)
        or not 0 < len(f"{provider.issuer}#{subject}") <= MAX_SUBJECT
        or not subject
    ):
        raise _refused("the subject is missing or too long")
    return dict(claims)


def _decode(token: dict[str, Any], provider: Provider) -> jwt.Token:
    registry = JWSRegistry(algorithms=ALGORITHMS, strict_check_header=False)
    return jwt.decode(str(token.get("id_token", "")), provider.keys, registry=registry)


def _verified_email(claims: Mapping[str, str]) -> str:
    """Return the email address that the provider has verified, "" for none; others may be anybody's."""
    email = claims.get("email")
    is_verified = claims.get("email_verified") in (True, "true")  # some providers send a text
    return email.strip().casefold() if isinstance(email, str) and is_verified else ""


def _role_of(settings: Settings, claims: Mapping[str, Any], email: str) -> Role | None:
    """Return the highest role of the groups and the email domain; None where no rules are set.

    Raises:
        DeniedError: no rule fits.
    """
    if not settings.oidc_roles:
        return None
    listed = claims.get(settings.oidc_groups_claim, [])
    groups = {listed} if isinstance(listed, str) else {one for one in listed if isinstance(one, str)}
    domain = f"@{email.rpartition('@')[2]}" if "@" in email else ""
    found = [
        role
        for name, role in settings.oidc_roles
        if (name.casefold() == domain if name.startswith("@") else name in groups)
    ]
    if not found:
        _LOGGER.warning("A sign-in by the provider was refused: no rule of SEEP_OIDC_ROLES fits")
        raise DeniedError("Your account is in no group that may use this app. Ask its admin.")
    return max(found, key=ROLES.index)


def _shown_name(claims: Mapping[str, Any]) -> str:
    """Return a name for a new person. Names only label; the issuer and the subject identify."""
    for key in ("preferred_username", "name"):
        name = claims.get(key)
        if isinstance(name, str) and name.strip() and is_printable(name):
            return name.strip()[: accounts.MAX_NAME]
    return "person"


def _refused(reason: str) -> DeniedError:
    _LOGGER.warning("A sign-in by the provider was refused: %s", reason)
    return DeniedError("The provider's answer cannot be used for this sign-in. Sign in again.")
