"""The typed Python side of the drop zone."""

from typing import Any

from seep.ui.component import component, no_callback

KEY = "upload-zone"


def upload_zone(
    *, token: str, author: str, file_bytes: int, total_bytes: int, base_url: str = ""
) -> dict[str, Any]:
    """Draw the zones for images and masks; files are sent over a route of ours, not through Streamlit.

    What is on its way goes on while other pages are shown.

    Args:
        token: of the stage that the files go to.
        author: who uploads.
        file_bytes: largest file; larger ones are refused before they are sent.
        total_bytes: most that all uploads may hold, for the words under the zones.
        base_url: prefix of the app's addresses, "" or "/name".

    Returns:
        {"sent": files that came, "sending": whether any is on its way} as of the last pause; empty before.
    """
    mount = component("seep_upload", "upload/frontend/main.js")
    data = {
        "token": token,
        "author": author,
        "file_bytes": file_bytes,
        "total_bytes": total_bytes,
        "base_url": base_url,
    }
    result = mount(key=KEY, data=data, on_upload_change=no_callback)
    return dict(result.get("upload") or {})
