"""Registration of Streamlit components: a JavaScript stub imports the modules from a route of the app.

Streamlit loads the inline JavaScript of a component from a blob, in which relative imports do not work. The stub
therefore imports one absolute URL, whose path contains the hash of all modules (`seep.web.static`).
"""

from dataclasses import asdict
from functools import lru_cache
from html import escape
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from seep.core.tile_states import TILE_STATES
from seep.web.routes import PREFIX
from seep.web.static import bundle
from seep.web.streamlit_patches.server import base_path


def module_address(name: str) -> str:
    """Return the URL path of a module, such as "gallery/frontend/main.js"."""
    return f"{base_path()}{PREFIX}/ui/{bundle().hash}/{name}"


def stub(name: str) -> str:
    """Return the inline JavaScript of a component.

    It ends in a line break: Streamlit treats inline code with a `/` and without a line break as a path. The browser
    adds the host, because there may be a proxy.
    """
    return (
        f'const module = await import(new URL("{module_address(name)}", window.location.origin).href);\n'
        "export default module.default;\n"
    )


def component(name: str, module: str, loading: str | None = None) -> ComponentRenderer:
    """Register a component and return the function that mounts it.

    Args:
        name: name of the component, unique in the app.
        module: module whose default export renders it, such as "gallery/frontend/main.js".
        loading: text in its place until the module has replaced it; only for a module that does.
    """
    html = f'<p role="status">{escape(loading)}</p>' if loading else None
    return _register(name, stub(module), html)


def tile_states() -> list[dict[str, Any]]:
    """Return the tile states as JSON values for a component; its `main.js` passes them to `shared/states.js`."""
    return [asdict(state) for state in TILE_STATES.values()]


def no_callback() -> None:
    """Do nothing: Streamlit keeps a component's value only if it has a callback."""


@lru_cache
def _register(name: str, code: str, html: str | None) -> ComponentRenderer:
    # Register once per version of the code: Streamlit warns if a name is registered again.
    return st.components.v2.component(name, html=html, js=code)
