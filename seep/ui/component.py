"""How a component of ours reaches the browser: a stub that imports the real modules from our own route.

Streamlit puts a component's inline JavaScript into a blob, whose relative imports lead nowhere. So the stub
holds one absolute address, with the hash of all modules in its path (`seep.web.static`), and nothing else.
"""

from dataclasses import asdict
from functools import lru_cache
from typing import Any

import streamlit as st
from streamlit.components.v2.types import ComponentRenderer

from seep.core.tile_states import TILE_STATES
from seep.web.routes import PREFIX
from seep.web.static import bundle
from seep.web.xsrf import base_path


def module_address(name: str) -> str:
    """Return the address of a module, such as "gallery/frontend/main.js", without scheme and host."""
    return f"{base_path()}{PREFIX}/ui/{bundle().hash}/{name}"


def stub(name: str) -> str:
    """Return the JavaScript that Streamlit is given for a component.

    It ends in a line break: inline code without one is taken for a path if it has a `/` in it. The host is
    the browser's own affair, since a proxy may stand between.
    """
    return (
        f'const module = await import(new URL("{module_address(name)}", window.location.origin).href);\n'
        "export default module.default;\n"
    )


def component(name: str, module: str) -> ComponentRenderer:
    """Return what mounts a component.

    Args:
        name: unique in the app.
        module: the module whose default export draws it, such as "gallery/frontend/main.js".
    """
    return _register(name, stub(module))


def tile_states() -> list[dict[str, Any]]:
    """Return the tile states as JSON for a component; its `main.js` hands them to `shared/states.js`."""
    return [asdict(state) for state in TILE_STATES.values()]


def no_callback() -> None:
    """Do nothing: Streamlit keeps a component's value only if it has a callback."""


@lru_cache
def _register(name: str, code: str) -> ComponentRenderer:
    # Once for each version of the code: Streamlit warns when a name is registered again.
    return st.components.v2.component(name, js=code)
