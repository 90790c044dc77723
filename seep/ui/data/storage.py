"""Storage section of the Data page."""

import shutil
from dataclasses import asdict

from seep.ui import formatting
from seep.ui.widgets import facts
from seep.workflow.scenes.listing import storage
from seep.workflow.workspace import Workspace

_LABELS = {
    "masks": "Masks",
    "weights": "Model weights",
    "images": "Copied images",
    "maps": "Scene maps",
    "database": "Database",
    "uploads": "Uploads, not imported",
}
_ALWAYS_SHOWN = ("masks", "weights", "database")


def show_storage(workspace: Workspace) -> None:
    """Draw the size of the workspace and the free space on its disk."""
    used = storage(workspace)
    free = shutil.disk_usage(workspace.settings.workspace).free
    rows = {
        _LABELS[name]: formatting.size(size)
        for name, size in asdict(used).items()
        if size or name in _ALWAYS_SHOWN
    }
    facts(rows | {"Total": formatting.size(used.total), "Free disk space": formatting.size(free)})
