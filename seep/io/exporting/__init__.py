"""Results out, a module a format: files that other programs read."""

from seep.io.exporting.prediction import write_prediction

__all__ = ["write_prediction"]
