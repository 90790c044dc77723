"""Tiles that do not train and whose prediction changes while a run goes on, epoch by epoch."""

from seep.ui.components.epoch_previews.mount import strip

__all__ = ["strip"]
