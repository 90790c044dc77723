"""Thumbnails of many tiles in a dense grid: open one, select many."""

from seep.ui.gallery.gallery import gallery

__all__ = ["gallery"]
