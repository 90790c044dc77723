"""A place to drop files and folders, which go to the server's disk as a stream."""

from seep.ui.components.upload.mount import upload_zone

__all__ = ["upload_zone"]
