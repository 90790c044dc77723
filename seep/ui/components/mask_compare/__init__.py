"""Tiles under two masks: a grid of cards, and a large view with a divider."""
