"""The workflow tests' tiny checkpoint and folders."""

from tests.workflow.conftest import by_torch, folders, tiny_checkpoint

__all__ = ["by_torch", "folders", "tiny_checkpoint"]
