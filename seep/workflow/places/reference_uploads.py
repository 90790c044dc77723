"""Reference data that a browser uploaded: vector layers by the names of their files, wind, currents and bathymetry."""

from collections import Counter
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from seep.core.text import counted
from seep.errors import SeepError, SettingsError
from seep.io.readers.netcdf import NETCDF_SUFFIXES
from seep.workflow.actor import Actor, requires
from seep.workflow.places.bathymetry import add_bathymetry
from seep.workflow.places.environment.velocities import add_currents
from seep.workflow.places.wind import WindReport, wind_from_era5
from seep.workflow.reference_layers import add_layer
from seep.workflow.uploads import (
    GRID_SUFFIXES,
    LAYER_SUFFIXES,
    UploadedFile,
    delete_upload,
    list_files,
    upload_folder,
)
from seep.workflow.workspace import Workspace


@dataclass(frozen=True)
class UploadOutcome:
    """What became of one uploaded file: a sentence, and whether it was added."""

    sentence: str
    added: bool


def reference_files(workspace: Workspace, token: str) -> list[UploadedFile]:
    """List the uploaded layers and grids, without the other parts of Shapefiles."""
    return [
        file
        for file in list_files(workspace, token)
        if file.role == "references" and _suffix(file) in (*LAYER_SUFFIXES, *GRID_SUFFIXES)
    ]


@requires("lead", "change reference layers")
def add_uploaded_references(workspace: Workspace, token: str, actor: Actor) -> list[UploadOutcome]:
    """Add the uploaded layers, wind, currents and bathymetry, and delete the upload.

    A file that is refused stops no other.
    """
    found = []
    for file in reference_files(workspace, token):
        path = upload_folder(workspace, token) / file.role / file.name
        try:
            found.append(_add(workspace, path, actor))
        except SeepError as error:
            found.append(UploadOutcome(str(error), False))
    delete_upload(workspace, token, actor)
    return found


def _add(workspace: Workspace, path: Path, actor: Actor) -> UploadOutcome:
    if path.suffix.lower() in GRID_SUFFIXES:
        return _add_grid(workspace, path, actor)
    layer = add_layer(workspace, path, actor)
    return UploadOutcome(f"{layer.name}: {counted(layer.features, 'feature')} added.", True)


def _add_grid(workspace: Workspace, path: Path, actor: Actor) -> UploadOutcome:
    """Read wind, or currents where the file has none, or else bathymetry."""
    readers = [_add_bathymetry]
    if path.suffix.lower() in NETCDF_SUFFIXES:
        readers = [_add_wind, _add_currents, _add_bathymetry]
    reasons = []
    for reader in readers:
        try:
            return reader(workspace, path, actor)
        except SettingsError as error:
            reasons.append(str(error))
    raise SettingsError(" ".join(dict.fromkeys(reasons)))


def _add_bathymetry(workspace: Workspace, path: Path, actor: Actor) -> UploadOutcome:
    areas = add_bathymetry(workspace, path, actor)
    return UploadOutcome(f"{path.name}: water depth of {counted(areas, 'area')}.", True)


def _add_currents(workspace: Workspace, path: Path, actor: Actor) -> UploadOutcome:
    count = add_currents(workspace, path, actor)
    return UploadOutcome(f"{path.name}: currents of {counted(count, 'scene')}.", True)


def _add_wind(workspace: Workspace, path: Path, actor: Actor) -> UploadOutcome:
    return _wind_outcome(path.name, wind_from_era5(workspace, path, actor))


def _wind_outcome(name: str, report: WindReport) -> UploadOutcome:
    sentence = f"{name}: wind of {counted(len(report.winds), 'scene')}."
    for reason, count in Counter(report.without.values()).most_common():
        sentence += f" {counted(count, 'scene')} without: {reason}."
    return UploadOutcome(sentence, bool(report.winds))


def _suffix(file: UploadedFile) -> str:
    return PurePosixPath(file.name).suffix.lower()
