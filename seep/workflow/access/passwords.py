"""Passwords of local accounts: scrypt with a salt, compared in constant time."""

import hashlib
import hmac
import secrets
import threading

from seep.errors import SettingsError

MIN_CHARACTERS, MAX_CHARACTERS = 10, 200
_COST, _BLOCK, _PARALLEL = 2**15, 8, 1
"""32 MiB and about 0.1 s for each password, as RFC 7914 and OWASP advise for sign-in."""
_MAX_MEMORY_BYTES = 64 * 2**20
_UNKNOWN = f"scrypt${_COST}${'00' * 16}${'00' * 32}"
_at_once = threading.BoundedSemaphore(2)
"""More sign-ins at once wait: each one takes 32 MiB."""


def check_password(password: str) -> None:
    """Check a new password.

    Raises:
        SettingsError: it is too short or too long.
    """
    if not MIN_CHARACTERS <= len(password) <= MAX_CHARACTERS:
        raise SettingsError(
            f"The password has {len(password)} characters. Enter {MIN_CHARACTERS} to {MAX_CHARACTERS}."
        )


def hash_password(password: str) -> str:
    """Return "scrypt$COST$SALT$HASH" of a password, salt and hash in hexadecimal digits.

    Raises:
        SettingsError: the password is too short or too long.
    """
    check_password(password)
    salt = secrets.token_bytes(16)
    return f"scrypt${_COST}${salt.hex()}${_scrypt(password, salt, _COST).hex()}"


def is_password(password: str, stored: str | None) -> bool:
    """Return whether a password fits a stored hash; takes as long without a hash, so that names stay unknown."""
    _, cost, salt, digest = (stored or _UNKNOWN).split("$")
    if len(password) > MAX_CHARACTERS:
        return False
    fits = hmac.compare_digest(_scrypt(password, bytes.fromhex(salt), int(cost)).hex(), digest)
    return fits and stored is not None


def _scrypt(password: str, salt: bytes, cost: int) -> bytes:
    with _at_once:
        return hashlib.scrypt(
            password.encode("utf-8", "surrogatepass"),
            salt=salt,
            n=cost,
            r=_BLOCK,
            p=_PARALLEL,
            maxmem=_MAX_MEMORY_BYTES,
            dklen=32,
        )
