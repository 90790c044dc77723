"""The typed Python side of the scene map."""

from typing import Any

from seep.ui.component import component, no_callback, tile_states

KEY = "scene-map"


def scene_map(*, scene_id: int, author: str, base_url: str = "", height_px: int | None = None) -> int | None:
    """Draw a scene as a map; it fetches its pictures and the tiles' states by itself.

    The wheel zooms at the pointer, a drag moves, arrows, plus, minus and F do the same from the keyboard; a
    click or Enter on a tile opens it. Where one was on each scene is kept while other pages are shown.

    Args:
        scene_id: which scene.
        author: who looks.
        base_url: prefix of the app's addresses, "" or "/name".
        height_px: of the map; None fills the window down to its lower edge.

    Returns:
        The id of the tile to open, once, else None.
    """
    mount = component("seep_scene_map", "scene_map/frontend/main.js")
    data = {
        "scene_id": scene_id,
        "author": author,
        "base_url": base_url,
        "height_px": height_px,
        "states": tile_states(),
    }
    result: dict[str, Any] = dict(mount(key=KEY, data=data, on_open_change=no_callback))
    opened = result.get("open")
    return None if opened is None else int(opened)
