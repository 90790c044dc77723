"""Messages for errors of PostgreSQL, by SQLSTATE or by the words of the driver."""

from sqlalchemy.exc import DBAPIError

_BY_CODE = {
    "22001": "A text is longer than the database accepts. Shorten it.",
    "25006": "The database is not writable. Check the permissions of the user in SEEP_DATABASE_URL.",
    "40P01": "busy",
    "42501": "The user in SEEP_DATABASE_URL has no permission for this. Make this user the owner of the database.",
    "53100": "The disk of the database server is full. Free some space, then try again.",
    "53300": "The database server has no free connection. Try again, or raise its max_connections.",
    "55P03": "busy",
    "57014": "busy",
    "58030": "The disk of the database server reports an error. Check the disk.",
    "XX001": "The database is damaged. Restore it from a backup.",
    "XX002": "The database is damaged. Restore it from a backup.",
}
"""Messages by SQLSTATE; "busy" stands for that of SQLite."""

_BY_WORDS = {
    "password authentication failed": "The database server refused the user or the password in SEEP_DATABASE_URL.",
    "no password supplied": "The database server asks for a password. Add it to SEEP_DATABASE_URL.",
    "pg_hba.conf": "The database server accepts no connection from this machine. Allow it in pg_hba.conf.",
    "does not exist": "The database or the user in SEEP_DATABASE_URL does not exist. Create it, then try again.",
    "too many clients": _BY_CODE["53300"],
    "remaining connection slots": _BY_CODE["53300"],
    "nul (0x00)": "A text contains a NUL character, which the database cannot store. Remove it.",
}
"""Messages by words of the driver, which gives no SQLSTATE while it connects."""

LOST = "The database server cannot be reached. Check that it runs and that SEEP_DATABASE_URL is right."


def postgresql_sentence(error: Exception, busy: str) -> str | None:
    """Return the message for an error of the driver; None for errors that are not about the server or its disk.

    Args:
        error: as SQLAlchemy raises it.
        busy: the message when another writer holds the lock.
    """
    original = error.orig if isinstance(error, DBAPIError) else error
    if original is None or not type(original).__module__.startswith("psycopg"):
        return None
    code = getattr(original, "sqlstate", None) or ""
    if code in _BY_CODE:
        sentence = _BY_CODE[code]
        return busy if sentence == "busy" else sentence
    reason = str(original).lower()
    known = next((text for words, text in _BY_WORDS.items() if words in reason), None)
    if known is not None and not code.startswith("42"):
        return known
    lost = code.startswith(("08", "57P")) or (not code and type(original).__name__ == "OperationalError")
    return LOST if lost else None
