"""Thumbnails of many tiles in a dense grid: open one, select many."""

from seep.ui.components.gallery.mount import gallery

__all__ = ["gallery"]
