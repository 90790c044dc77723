"""Drag and drop onto the Data page, as the browser does it."""

import base64

from playwright.sync_api import Page


def drop(page: Page, role: str, files: dict[str, bytes]) -> None:
    """Drop files onto a zone, as the browser's own drag and drop does."""
    content = [[name, base64.b64encode(content).decode()] for name, content in files.items()]
    transfer = page.evaluate_handle(
        """(files) => {
            const transfer = new DataTransfer();
            for (const [name, text] of files) {
                const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
                transfer.items.add(new File([bytes], name));
            }
            return transfer;
        }""",
        content,
    )
    page.dispatch_event(f'.zone[data-role="{role}"]', "drop", {"dataTransfer": transfer})
