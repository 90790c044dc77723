"""Deleted tiles and scenes: hidden from queries, restored, or deleted permanently."""
