"""Reference data that a browser uploaded: vector layers, added by the names of their files."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from seep.core.text import counted
from seep.errors import SeepError
from seep.workflow.actor import Actor, requires
from seep.workflow.imports.uploads import (
    LAYER_SUFFIXES,
    UploadedFile,
    delete_upload,
    list_files,
    upload_folder,
)
from seep.workflow.places.reference_layers import add_layer
from seep.workflow.workspace import Workspace


@dataclass(frozen=True)
class UploadOutcome:
    """What became of one uploaded file: a sentence, and whether it was added."""

    sentence: str
    added: bool


def reference_files(workspace: Workspace, token: str) -> list[UploadedFile]:
    """List the uploaded layers, without the other parts of Shapefiles."""
    return [
        one
        for one in list_files(workspace, token)
        if one.role == "references" and _suffix(one) in LAYER_SUFFIXES
    ]


@requires("lead", "change reference layers")
def add_uploaded_references(workspace: Workspace, token: str, actor: Actor) -> list[UploadOutcome]:
    """Add the uploaded layers, and delete the upload; a file that cannot be read does not stop the others.

    Args:
        workspace: where to.
        token: of the upload.
        actor: who adds them.
    """
    found = []
    for file in reference_files(workspace, token):
        path = upload_folder(workspace, token) / file.role / file.name
        try:
            layer = add_layer(workspace, path, actor)
            found.append(UploadOutcome(f"{layer.name}: {counted(layer.features, 'feature')} added.", True))
        except SeepError as error:
            found.append(UploadOutcome(str(error), False))
    delete_upload(workspace, token, actor)
    return found


def _suffix(file: UploadedFile) -> str:
    return PurePosixPath(file.name).suffix.lower()
