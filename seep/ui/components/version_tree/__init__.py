"""The tree of model versions: select one, or two to compare."""
