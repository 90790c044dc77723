"""The Review canvas: the tile, its mask, the tools, the queue; one component of our own."""
