"""The Python side of the site map component."""

from typing import Any

from seep.ui.component import component, no_callback

KEY = "site-map"


def site_map(
    *, place_id: int, author: str, site: int | None = None, base_url: str = "", height_px: int | None = None
) -> tuple[int, float, float] | None:
    """Draw a place: the slicks of all passes by date, its sites, their table, and the contact sheet of a site.

    The component loads the place itself and sends changes to the server.

    Args:
        site: number of the site to select at first; None for none.
        base_url: the app's base path, "" or "/name".
        height_px: of the component; None extends it to the lower edge of the window.

    Returns:
        The pass to open in Review, once: scene id, and x and y in pixels of the place; else None.
    """
    mount = component("seep_site_map", "site_map/frontend/main.js")
    data = {
        "place_id": place_id,
        "author": author,
        "site": site,
        "base_url": base_url,
        "height_px": height_px,
    }
    result: dict[str, Any] = dict(mount(key=f"{KEY}-{place_id}", data=data, on_open_change=no_callback))
    opened = result.get("open")
    return None if opened is None else (int(opened["scene"]), float(opened["x"]), float(opened["y"]))
