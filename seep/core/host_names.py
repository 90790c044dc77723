"""Host names for which the app may answer."""

import re
from collections.abc import Iterable

from seep.errors import SettingsError

ALLOWED_HOSTS = "STREAMLIT_SERVER_ALLOWED_HOSTS"
"""The variable that sets them; without it, `.streamlit/config.toml` does."""
_HOST = re.compile(
    r"\*|(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?|[0-9a-f:]+"
)


def host_names(values: Iterable[str]) -> list[str]:
    """Return the names in a setting, in lower case and in order.

    Args:
        values: names or lists of names that are separated by spaces or commas. `*.example.org` stands for all names
            that end so, `*` for all.

    Raises:
        SettingsError: one of them is no host name, for example because it has a scheme or a port.
    """
    names = [name.lower() for value in values for name in re.split(r"[\s,]+", value) if name]
    for name in names:
        if not _HOST.fullmatch(name):
            raise SettingsError(
                f"{ALLOWED_HOSTS} names {name!r}, which is no host name. Give names without scheme, port, brackets and "
                "quotes, separated by commas or spaces: seep.example.org, localhost."
            )
    return names
