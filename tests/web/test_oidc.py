"""Sign-in by an OpenID Connect provider: a real flow, and answers that must be refused."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from joserfc.jwk import OctKey, RSAKey

from seep.errors import BindingError, SettingsError
from seep.settings import Settings, read_settings
from seep.store.access import people
from seep.web.identity import check_binding
from seep.workflow.access import accounts, oidc
from tests.actors import TESTER
from tests.provider import CLIENT_SECRET, Claims, Provider
from tests.web.client import Answer
from tests.web.conftest import Site, make_site


@pytest.fixture
def provider() -> Iterator[Provider]:
    one = Provider()
    yield one
    one.stop()


@pytest.fixture
def team(tmp_path: Path, provider: Provider) -> Site:
    return make_site(tmp_path, "oidc", **provider.settings())


def begin(site: Site) -> tuple[str, str]:
    """Ask to sign in; return the address at the provider and the cookie of the browser."""
    answer = site.client.get("/seep/oidc/login?next=/browse")
    assert answer.status == 303
    assert {"HttpOnly", "SameSite=lax"} <= set(answer.headers["set-cookie"].split("; "))
    return answer.headers["location"], answer.headers["set-cookie"].partition(";")[0]


def come_back(site: Site, url: str, cookie: str) -> Answer:
    parts = urlsplit(url)
    return site.client.get(f"{parts.path}?{parts.query}", cookie=cookie)


def sign_in(site: Site, provider: Provider) -> Answer:
    url, cookie = begin(site)
    return come_back(site, provider.authorize(url), cookie)


def persons(site: Site) -> list[accounts.Account]:
    return accounts.list_accounts(site.workspace, TESTER)


def test_a_person_signs_in_as_a_viewer_known_by_issuer_and_subject(team: Site, provider: Provider) -> None:
    answer = sign_in(team, provider)
    assert (answer.status, answer.headers["location"]) == (303, "/browse")
    (person,) = persons(team)
    assert (person.name, person.provider, person.role, len(person.sessions)) == (
        "Mia Berg", "oidc", "viewer", 1,
    )  # fmt: skip
    with team.workspace.store.reading() as session:
        assert people.find_person(session, "oidc", f"{provider.issuer}#4711") is not None


def test_the_same_subject_is_the_same_person_and_another_one_is_not(team: Site, provider: Provider) -> None:
    sign_in(team, provider)
    provider.name = "Mia Married"
    sign_in(team, provider)
    provider.subject = "4712"  # the email address is still the same
    sign_in(team, provider)
    provider.name = "Mia Berg"
    provider.subject = "4713"
    sign_in(team, provider)
    assert {one.name: len(one.sessions) for one in persons(team)} == {
        "Mia Berg": 2, "Mia Married": 1, "Mia Berg 2": 1,
    }  # fmt: skip


def test_the_first_role_is_a_setting(tmp_path: Path, provider: Provider) -> None:
    site = make_site(tmp_path, "oidc", first_role="annotator", **provider.settings())
    sign_in(site, provider)
    assert [one.role for one in persons(site)] == ["annotator"]


RULES = "CN=admins,OU=sea=admin; oil=reviewer; @example.org=viewer"


def rules(text: str) -> dict[str, object]:
    return {"oidc_roles": read_settings({"SEEP_OIDC_ROLES": text}).oidc_roles}


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"groups": ["CN=admins,OU=sea", "oil"]}, "admin"),
        ({"groups": "oil"}, "reviewer"),
        ({"groups": ["OIL"], "email_verified": True}, "viewer"),
        ({"groups": ["oil", 7], "email_verified": True}, "reviewer"),
        ({"email_verified": False}, None),
        ({"email_verified": True, "email": "mia@evil.test"}, None),
        ({"email_verified": True, "email": "mia@sub.example.org"}, None),
        ({"email_verified": True, "email": "@example.org@evil.test"}, None),
        ({}, None),
    ],
)
def test_groups_and_verified_domains_give_the_highest_role_or_none(
    tmp_path: Path, provider: Provider, claims: Claims, role: str | None
) -> None:
    site = make_site(tmp_path, "oidc", **provider.settings(), **rules(RULES))
    provider.change = lambda sent: sent.update(claims)
    answer = sign_in(site, provider)
    assert [one.role for one in persons(site)] == ([role] if role else [])
    assert answer.status == (303 if role else 403)


def test_the_role_of_a_group_counts_from_the_next_sign_in(tmp_path: Path, provider: Provider) -> None:
    site = make_site(tmp_path, "oidc", **provider.settings(), **rules(RULES))
    provider.change = lambda sent: sent.update({"groups": ["oil"]})
    sign_in(site, provider)
    provider.change = lambda sent: sent.update({"email_verified": True})
    sign_in(site, provider)
    assert [(one.role, len(one.sessions)) for one in persons(site)] == [("viewer", 2)]


def test_only_people_who_were_invited_sign_in(tmp_path: Path, provider: Provider) -> None:
    site = make_site(tmp_path, "oidc", **provider.settings(), invited_only="1")
    accounts.invite(site.workspace, "Mia", " Mia@Example.org", "lead", TESTER)
    assert sign_in(site, provider).status == 403, "the address is not verified"
    provider.change = lambda sent: sent.update({"email_verified": True})
    provider.subject = "4711"
    assert sign_in(site, provider).status == 303
    assert [(one.name, one.provider, one.role) for one in persons(site)] == [("Mia", "oidc", "lead")]
    provider.change = lambda sent: sent.update({"email": "other@example.org"})
    assert sign_in(site, provider).status == 303, "the subject is known now"
    provider.subject, provider.change = "4712", lambda sent: sent.update({"email_verified": True})
    assert sign_in(site, provider).status == 403, "an invitation counts once"
    assert len(persons(site)) == 1


def test_a_disabled_invitation_lets_nobody_in(tmp_path: Path, provider: Provider) -> None:
    site = make_site(tmp_path, "oidc", **provider.settings(), invited_only="1")
    invited = accounts.invite(site.workspace, "Mia", "mia@example.org", "lead", TESTER)
    accounts.change(site.workspace, invited.id, TESTER, disabled=True)
    provider.change = lambda sent: sent.update({"email_verified": True})
    assert sign_in(site, provider).status == 403


@pytest.mark.parametrize("text", ["oil", "oil=owner", "=admin", "oil=admin; ="])
def test_rules_that_cannot_be_used_are_refused(text: str) -> None:
    with pytest.raises(SettingsError, match="SEEP_OIDC_ROLES cannot be used"):
        read_settings({"SEEP_OIDC_ROLES": text})


def test_the_address_at_the_provider_has_state_nonce_and_challenge(team: Site, provider: Provider) -> None:
    first, second = (parse_qs(urlsplit(begin(team)[0]).query) for _ in range(2))
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name][0]) >= 40
        assert first[name] != second[name]
    assert first["redirect_uri"] == ["http://localhost:8501/seep/oidc/callback"]


def rename_nonce(claims: Claims) -> None:
    claims["nonce"] = "of another sign-in"


def drop_nonce(claims: Claims) -> None:
    del claims["nonce"]


def expire(claims: Claims) -> None:
    claims["exp"] = int(time.time()) - 2 * oidc.LEEWAY_S


def drop_expiry(claims: Claims) -> None:
    del claims["exp"]


def other_audience(claims: Claims) -> None:
    claims["aud"] = "another app"


def other_party(claims: Claims) -> None:
    claims |= {"aud": ["seep-test", "another app"], "azp": "another app"}


def other_issuer(claims: Claims) -> None:
    claims["iss"] = "https://id.example.org"


def no_subject(claims: Claims) -> None:
    claims["sub"] = ""


def long_subject(claims: Claims) -> None:
    claims["sub"] = "x" * 300


@pytest.mark.parametrize(
    "change",
    [rename_nonce, drop_nonce, expire, drop_expiry, other_audience, other_party, other_issuer, no_subject,
     long_subject],
)  # fmt: skip
def test_an_id_token_with_a_wrong_claim_is_refused(
    team: Site, provider: Provider, change: Callable[[Claims], None]
) -> None:
    provider.change = change
    answer = sign_in(team, provider)
    assert (answer.status, persons(team)) == (403, [])
    assert "seep-session=" not in answer.headers["set-cookie"]


def test_a_token_signed_by_another_key_is_refused(team: Site, provider: Provider) -> None:
    provider.signing_key = RSAKey.generate_key(2048, {"kid": "one"})
    assert (sign_in(team, provider).status, persons(team)) == (403, [])


def test_a_token_signed_with_a_shared_secret_is_refused(team: Site, provider: Provider) -> None:
    provider.signing_key = OctKey.import_key(CLIENT_SECRET)
    provider.header = {"alg": "HS256"}
    assert (sign_in(team, provider).status, persons(team)) == (403, [])


def test_a_new_key_of_the_provider_is_fetched(team: Site, provider: Provider) -> None:
    sign_in(team, provider)
    provider.key = provider.signing_key = RSAKey.generate_key(2048, {"kid": "two"})
    provider.header = {"alg": "RS256", "kid": "two"}
    assert sign_in(team, provider).status == 303
    assert provider.requests.count("/keys") == 2


def test_a_state_counts_once(team: Site, provider: Provider) -> None:
    url, cookie = begin(team)
    back = provider.authorize(url)
    assert come_back(team, back, cookie).status == 303
    fresh = provider.authorize(url)  # a new code, so that the state alone is what was used
    assert come_back(team, fresh, cookie).status == 403
    assert [len(one.sessions) for one in persons(team)] == [1]


def test_the_answer_counts_in_the_browser_that_began_only(team: Site, provider: Provider) -> None:
    url, cookie = begin(team)
    _, other = begin(team)
    back = provider.authorize(url)
    for wrong in ("", other, "seep-sign-in=forged", f"{cookie}x"):
        assert come_back(team, back, wrong).status == 403
    assert persons(team) == []


def test_a_sign_in_that_took_too_long_is_refused(
    team: Site, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(oidc, "PENDING_S", -1)
    assert (sign_in(team, provider).status, persons(team)) == (403, [])


def test_a_refusal_of_the_provider_is_shown_without_a_session(team: Site, provider: Provider) -> None:
    url, cookie = begin(team)
    state = parse_qs(urlsplit(url).query)["state"][0]
    answer = team.client.get(f"/seep/oidc/callback?error=access_denied&state={state}", cookie=cookie)
    assert (answer.status, persons(team)) == (403, [])


def test_a_disabled_person_is_refused(team: Site, provider: Provider) -> None:
    sign_in(team, provider)
    accounts.change(team.workspace, persons(team)[0].id, TESTER, disabled=True)
    assert (sign_in(team, provider).status, persons(team)[0].sessions) == (403, ())


def test_a_provider_that_does_not_answer_is_named(team: Site, provider: Provider) -> None:
    provider.stop()
    answer = team.client.get("/seep/oidc/login")
    assert answer.status == 502
    assert provider.issuer in answer.body.decode()


def test_the_routes_answer_404_in_other_modes(site: Site) -> None:
    for path in ("login", "callback"):
        assert site.client.get(f"/seep/oidc/{path}").status == 404


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"oidc_client_secret": None}, "SEEP_OIDC_CLIENT_SECRET"),
        ({"oidc_issuer": None, "oidc_client_id": ""}, "SEEP_OIDC_ISSUER, SEEP_OIDC_CLIENT_ID"),
        ({"oidc_issuer": "http://id.example.org"}, "https://"),
    ],
)
def test_incomplete_settings_stop_the_start(
    tmp_path: Path, change: dict[str, str | None], named: str
) -> None:
    complete: dict[str, Any] = {
        "oidc_issuer": "https://id.example.org",
        "oidc_client_id": "seep",
        "oidc_client_secret": "x",
    }
    check_binding(Settings(workspace=tmp_path, auth="oidc", **complete), None)
    with pytest.raises(BindingError, match=named):
        check_binding(Settings(workspace=tmp_path, auth="oidc", **(complete | change)), None)
