"""The table of versions with their lines of descent: choose one, or two to compare."""

from seep.ui.lineage.mount import lineage
from seep.ui.lineage.placing import Placed, placed

__all__ = ["Placed", "lineage", "placed"]
