"""Places of tiles under two masks: a grid of small pictures, and a swipe over a large one."""

from seep.ui.components.mask_compare.mount import Pair, around, pairs

__all__ = ["Pair", "around", "pairs"]
