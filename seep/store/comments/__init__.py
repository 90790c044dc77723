"""Comments on tiles."""
