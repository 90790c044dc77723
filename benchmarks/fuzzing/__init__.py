"""Mutated files for the importers: a seed gives the same file everywhere."""
