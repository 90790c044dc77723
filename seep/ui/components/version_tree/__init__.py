"""The table of versions with their lines of descent: choose one, or two to compare."""

from seep.ui.components.version_tree.mount import lineage
from seep.ui.components.version_tree.placing import Placed, placed

__all__ = ["Placed", "lineage", "placed"]
