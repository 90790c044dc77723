"""Epoch previews: held-out tiles whose prediction changes during a run."""
