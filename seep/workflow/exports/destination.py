"""Folders that an export may write to."""

from pathlib import Path

from seep.errors import SettingsError
from seep.settings import APP, MODELS, PACKAGE
from seep.workflow.workspace import Workspace

_CODE = (PACKAGE, MODELS, APP.parent / "pages")


def allowed_destination(workspace: Workspace, path: Path) -> Path:
    """Check that a path is in a folder that the Data page may export to; see `Settings.export_roots`.

    Returns:
        The absolute path with links resolved.

    Raises:
        SettingsError: the path is elsewhere, or an export must not write there.
    """
    resolved = checked_destination(workspace, path)
    roots = [root.resolve() for root in workspace.settings.export_folders]
    if not any(resolved.is_relative_to(root) for root in roots):
        listed = ", ".join(str(root) for root in roots)
        raise SettingsError(
            f"{path} is outside the export folders ({listed}). Choose a folder there, use the command line, "
            "or set SEEP_EXPORT_ROOTS."
        )
    return resolved


def checked_destination(workspace: Workspace, path: Path) -> Path:
    """Check that an export may write to a folder: not to the workspace's own files, and not to the program.

    Of the workspace, only the folder `exports` may be written to.

    Returns:
        The absolute path with links resolved.

    Raises:
        SettingsError: an export must not write there, the path cannot be resolved, or it leads through a file.
    """
    try:
        resolved = path.expanduser().resolve()
    except (OSError, RuntimeError, ValueError) as error:  # unreadable, unknown user, circular links
        raise SettingsError(f"{path} cannot be used: {error}. Choose another folder.") from error
    own = workspace.store.root.resolve()
    if resolved.is_relative_to(own) and not resolved.is_relative_to(own / "exports"):
        raise SettingsError(
            f"{path} belongs to the workspace. Choose another folder, for example {own / 'exports'}."
        )
    if resolved == APP.parent or any(resolved.is_relative_to(folder) for folder in _CODE):
        raise SettingsError(f"{path} contains the program. Choose another folder.")
    existing = next(one for one in (resolved, *resolved.parents) if one.exists())
    if not existing.is_dir():
        raise SettingsError(f"{existing} is a file, not a folder. Choose another folder.")
    return resolved
