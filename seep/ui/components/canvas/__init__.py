"""The Review canvas: the tile, its mask, the tools, the queue; one component of our own."""

from seep.ui.components.canvas.mount import review_canvas

__all__ = ["review_canvas"]
