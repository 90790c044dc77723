"""A whole scene as a map that is zoomed and dragged: its picture, its masks, the states of its tiles."""

from seep.ui.components.scene_map.mount import scene_map

__all__ = ["scene_map"]
