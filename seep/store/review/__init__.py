"""What several people know of a tile: second masks."""
