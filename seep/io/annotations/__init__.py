"""Masks from annotation files of other tools, one module per format."""
