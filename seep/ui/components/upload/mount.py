"""The Python side of the upload component."""

from typing import Any, Literal

from seep.ui.component import component, no_callback

KEY = "upload-zone"

Content = Literal["tiles", "checkpoints", "references"]
"""What a component takes: images and masks in two zones, else checkpoints or reference data in one."""


def upload_zone(
    *,
    token: str,
    author: str,
    file_bytes: int,
    total_bytes: int,
    base_url: str = "",
    content: Content = "tiles",
    key: str = KEY,
) -> dict[str, Any]:
    """Draw the drop zones. Files use a route of `seep.web` instead of Streamlit's uploader.

    Uploads continue while other pages are shown.

    Args:
        file_bytes: largest allowed file; larger files are rejected before the upload.
        total_bytes: limit for all uploads together, shown below the zones.
        base_url: the app's base path, "" or "/name".
        content: decides which zones there are.
        key: of the component; one per page.

    Returns:
        {"sent": number of uploaded files, "sending": whether an upload is running}, as of the last report; empty
        before the first.
    """
    mount = component("seep_upload", "upload/frontend/main.js")
    data = {
        "token": token,
        "author": author,
        "file_bytes": file_bytes,
        "total_bytes": total_bytes,
        "base_url": base_url,
        "content": content,
    }
    result = mount(key=key, data=data, on_upload_change=no_callback)
    return dict(result.get("upload") or {})
