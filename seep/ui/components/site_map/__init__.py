"""The map of a place with its sites, their table and contact sheet."""
