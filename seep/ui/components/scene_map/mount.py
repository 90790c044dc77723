"""The Python side of the scene map component."""

from typing import Any

from seep.ui.component import component, no_callback, tile_states

KEY = "scene-map"


def scene_map(
    *, scene_id: int, author: str, base_url: str = "", about_seeps: bool = True, height_px: int | None = None
) -> int | None:
    """Draw a scene as a map. The component loads its images and tile states itself.

    The wheel zooms at the pointer and a drag pans; the keys are the arrows, plus, minus and F (fit). A click or
    Enter opens a tile. The view of each scene is kept while other pages are shown.

    Args:
        base_url: the app's base path, "" or "/name".
        about_seeps: whether the workspace is about seeps; see `seep.core.masks.subject`.
        height_px: of the map; None extends it to the lower edge of the window.

    Returns:
        The id of the tile to open, once, else None.
    """
    mount = component("seep_scene_map", "scene_map/frontend/main.js")
    data = {
        "scene_id": scene_id,
        "author": author,
        "base_url": base_url,
        "height_px": height_px,
        "about_seeps": about_seeps,
        "states": tile_states(),
    }
    result: dict[str, Any] = dict(mount(key=KEY, data=data, on_open_change=no_callback))
    opened = result.get("open")
    return None if opened is None else int(opened)
