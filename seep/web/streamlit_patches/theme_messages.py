"""Sections of the theme, which Streamlit sends at each run of a page."""

from collections.abc import Callable

from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session


def keep_theme_messages() -> None:
    """Let Streamlit read each section of the theme once."""
    app_session._populate_theme_msg = kept_themes(app_session._populate_theme_msg)  # type: ignore[assignment]


def kept_themes(write: Callable[[CustomThemeConfig, str], None]) -> Callable[[CustomThemeConfig, str], None]:
    """Return a function that writes a section of the theme into a message as `write` does, but reads it only once.

    Streamlit reads 6 sections out of 300 options at each run of a page and of a part of it, in the event loop that
    all tabs share. That was a tenth of the processor time of the pages. The theme never changes while the app runs.
    """
    kept: dict[str, CustomThemeConfig] = {}

    def write_kept(message: CustomThemeConfig, section: str = "theme") -> None:
        if section not in kept:
            kept[section] = CustomThemeConfig()
            write(kept[section], section)
        if kept[section].ByteSize():  # merging nothing would mark the section as given
            message.MergeFrom(kept[section])

    return write_kept
