"""Seep sites: places where slicks of several passes begin. Terms and sources are in docs/sites.md."""
