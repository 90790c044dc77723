from tests.workflow.conftest import bare_tiles, folders, tiles, tiny_checkpoint, workspace

__all__ = ["bare_tiles", "folders", "tiles", "tiny_checkpoint", "workspace"]
