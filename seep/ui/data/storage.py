"""What the workspace keeps on its disk, and what is left."""

import shutil

from seep.ui import formatting
from seep.ui.widgets import facts
from seep.workflow.scenes.listing import storage
from seep.workflow.workspace import Workspace

_NAMES = {
    "masks": "Masks",
    "weights": "Weights",
    "images": "Images copied in",
    "maps": "Maps of scenes",
    "database": "Database",
    "uploads": "Uploads that wait",
    "total": "Total",
}
_ALWAYS = ("masks", "weights", "database", "total")


def show_storage(workspace: Workspace) -> None:
    """Draw how much the workspace holds and how much room is left on its disk."""
    used = storage(workspace)
    free = shutil.disk_usage(workspace.settings.workspace).free
    facts(
        {_NAMES[name]: formatting.size(amount) for name, amount in used.items() if amount or name in _ALWAYS}
        | {"Free on the disk": formatting.size(free)}
    )
