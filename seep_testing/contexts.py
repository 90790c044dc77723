"""Contexts of the browser: each is a profile of its own, with the patience of all tests."""

from typing import Any

from playwright.sync_api import Browser, BrowserContext

from seep_testing.patience import PATIENCE_MS

CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


_FIRST_WIDTHS = """
try {
  const first = JSON.stringify({ size: 8, options: {} });
  localStorage.getItem("seep.look") ?? localStorage.setItem("seep.look", first);
} catch {} // a page without storage
"""
"""Brush and tracer start with the same width in every workspace, whatever its labeled slicks."""


def new_context(browser: Browser, width: int = 1440, height: int = 900, **options: Any) -> BrowserContext:
    """Open a context whose pages have this size, CSS px; the caller closes it."""
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(_FIRST_WIDTHS)
    return context
