"""Synthetic SAR sea scenes with exact masks; models and sources in docs/synthesis.md."""
