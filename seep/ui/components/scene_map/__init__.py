"""A whole scene as a map that is zoomed and dragged: its picture, its masks, the states of its tiles."""
