"""What several people know of a tile, and the time that it took them."""
