"""Wind and currents around the passes of a place, and what follows from them."""
