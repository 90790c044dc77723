"""Limits failed sign-ins, so that passwords cannot be tried one after the other.

Attempts are rows of the database, so all servers share them and a restart keeps them. Each attempt counts as failed
before its password is compared, in one write transaction, and no longer if the password fits. So attempts at the same
time cannot pass a limit together.

A browser with which the person signed in before is known by a cookie, and has a limit of its own: strangers who try
many passwords do not lock such a person out (OWASP, Slow Down Online Guessing Attacks with Device Cookies).
"""

import hashlib
import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network, ip_address

from sqlalchemy.orm import Session

from seep.core.text import duration
from seep.errors import TooManyError
from seep.store.access import attempts
from seep.store.access.attempts import AttemptRecord, hash_name
from seep.store.database import database_time
from seep.store.schema import stamp
from seep.workflow.workspace import Workspace

WINDOW_S = 300
PER_NAME_AND_ADDRESS = 5
"""Failures for a name from one address within `WINDOW_S`, before further attempts must wait."""
PER_BROWSER = 5
"""Failures in a browser with which the person signed in before; the limits below do not hold there."""
PER_NAME = 50
"""Failures for a name from all addresses."""
NAMES_PER_ADDRESS = 20
"""Names with failures from one address, before other names must wait there."""
_NETWORK_BITS = 64
"""One household or office has that many bits of IPv6 addresses."""


def begin_attempt(workspace: Workspace, name: str, address: str, browser: str) -> None:
    """Count an attempt as failed, before its password is compared.

    Args:
        name: as typed.
        address: of the browser.
        browser: id of a known browser, as `known_browser` returns it; "" for others.

    Raises:
        TooManyError: too many attempts failed; this one was not counted and must not go on.
    """
    with workspace.store.reading() as session:  # those who wait must not hold up those who save
        _check(session, name, address, browser)
    with workspace.store.transaction() as session:
        now = _check(session, name, address, browser)
        entry = AttemptRecord(hash_name(name), network_of(address), browser, stamp(now))
        attempts.add_attempt(session, entry, _since(now))


def end_attempt(session: Session, name: str, address: str, browser: str) -> None:
    """Forget the attempts of a person who has signed in now."""
    attempts.drop_attempts(session, hash_name(name), network_of(address), browser)


def remember_browser(password: str) -> str:
    """Return a value for a cookie that makes a browser known for the person with a password hash.

    It is valid until the password changes.
    """
    browser = secrets.token_hex(16)
    return f"{browser}.{_signature(browser, password)}"


def known_browser(value: str, password: str | None) -> str:
    """Return the id of the browser with such a cookie; "" if it is not known for the person with this password hash."""
    browser, _, signature = value.partition(".")
    if not password or not browser:
        return ""
    fits = hmac.compare_digest(signature.encode(), _signature(browser, password).encode())
    return browser if fits else ""


def network_of(address: str) -> str:
    """Return what counts as one address: IPv4 addresses whole, the first 64 bits of IPv6 addresses."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]
    if isinstance(found, IPv6Address) and found.ipv4_mapped is None:
        return str(IPv6Network((found, _NETWORK_BITS), strict=False))
    return str(found.ipv4_mapped or found) if isinstance(found, IPv6Address) else str(found)


def _check(session: Session, name: str, address: str, browser: str) -> datetime:
    """Return the time of the database, or raise TooManyError."""
    now, name_sha256, network = database_time(session), hash_name(name), network_of(address)
    found = attempts.list_attempts(session, name_sha256, network, _since(now))
    if browser:
        limits = [([one for one in found if one.browser == browser], PER_BROWSER)]
    else:
        strangers = [one for one in found if not one.browser]
        of_name = [stranger for stranger in strangers if stranger.name_sha256 == name_sha256]
        limits = [
            ([one for one in of_name if one.address == network], PER_NAME_AND_ADDRESS),
            (of_name, PER_NAME),
            (
                _newest_of_each_name(stranger for stranger in strangers if stranger not in of_name),
                NAMES_PER_ADDRESS,
            ),
        ]
    wait_s = max(_wait_s(listed, limit, now) for listed, limit in limits)
    if wait_s:
        raise TooManyError(f"Too many failed attempts. Try again in {duration(wait_s)}.", wait_s)
    return now


def _newest_of_each_name(newest_first: Iterable[AttemptRecord]) -> list[AttemptRecord]:
    found: dict[str, AttemptRecord] = {}
    for one in newest_first:
        found.setdefault(one.name_sha256, one)
    return list(found.values())


def _wait_s(newest_first: list[AttemptRecord], limit: int, now: datetime) -> int:
    if len(newest_first) < limit:
        return 0
    ends = datetime.fromisoformat(newest_first[limit - 1].created_at) + timedelta(seconds=WINDOW_S)
    return max(1, int((ends - now).total_seconds()) + 1)


def _since(now: datetime) -> str:
    return stamp(now - timedelta(seconds=WINDOW_S))


def _signature(browser: str, password: str) -> str:
    # The hash of a password has a random salt of 128 bits, so nobody can try passwords with such a value.
    return hmac.new(password.encode(), f"seep browser {browser}".encode(), hashlib.sha256).hexdigest()
