"""Simulate the learning loop: true masks replace the annotator."""
