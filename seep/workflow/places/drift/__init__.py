"""Wind and currents of the day before each pass, and the paths of slicks that they give."""
