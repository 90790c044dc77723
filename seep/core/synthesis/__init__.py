"""Synthetic SAR sea scenes with exact masks. The models and sources are in docs/synthesis.md."""
