"""Synthetic SAR sea scenes with exact masks; models and sources in docs/synthesis.md."""

from seep.core.synthesis.scene import SyntheticScene, synthesize_scene

__all__ = ["SyntheticScene", "synthesize_scene"]
