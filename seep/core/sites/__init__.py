"""Seep sites: where slicks of several passes begin; words and sources in docs/sites.md."""
