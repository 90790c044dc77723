"""Tiles that do not train and whose prediction changes while a run goes on, epoch by epoch."""

from seep.ui.strip.mount import strip

__all__ = ["strip"]
