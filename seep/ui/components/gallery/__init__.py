"""Thumbnails of many tiles in a dense grid: open one, select many."""
