"""Commands for reference layers: `seep layers ACTION`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from seep.cli.arguments import add_action, add_actions
from seep.cli.session import actor_of, workspace_of
from seep.core.text import counted
from seep.workflow import reference_layers, water_depth
from seep.workflow.places.bathymetry import add_bathymetry
from seep.workflow.places.environment import velocities

if TYPE_CHECKING:
    from seep.cli.arguments import Parsers


def add_layer_commands(parsers: "Parsers") -> None:
    """Add `layers` with its actions to the parser."""
    actions = add_actions(
        parsers,
        "layers",
        "add and remove reference layers, such as platforms",
        "add platforms.gpkg --name Platforms",
        "remove Platforms",
    )
    add_action(actions, "list", list_layers, "list reference layers")
    parser = add_action(actions, "add", add, "add a vector layer, or replace one")
    parser.add_argument("file", type=Path, metavar="FILE", help="GeoPackage, Shapefile or GeoJSON in any CRS")
    parser.add_argument("--name", default="", metavar="NAME", help="name of the layer (default: of the file)")
    parser = add_action(actions, "remove", remove, "remove a reference layer")
    parser.add_argument("name", metavar="NAME")
    parser = add_action(actions, "depth", depth, "set the water depth around the scenes")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument(
        "file",
        type=Path,
        nargs="?",
        metavar="FILE",
        help="bathymetry: NetCDF of GEBCO, or GeoTIFF with elevations or depths in meters",
    )
    how.add_argument("--remove", action="store_true", help="make the water depth unknown")
    parser = add_action(actions, "currents", currents, "set the surface currents before each scene")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("file", type=Path, nargs="?", metavar="FILE", help="NetCDF of CMEMS with uo and vo")
    how.add_argument("--remove", metavar="NAME", help="remove the currents of a file")


def list_layers(options: argparse.Namespace) -> None:
    """`seep layers list`."""
    workspace = workspace_of(options)
    found = reference_layers.list_layers(workspace)
    for one in found:
        print(f"{one.name}: {counted(one.features, 'feature')} of {one.source}, added by {one.author}")
    if not found:
        print("No reference layers")
    bathymetry = water_depth.get_bathymetry(workspace)
    if bathymetry:
        print(f"Bathymetry of {bathymetry.source}, added by {bathymetry.author}")
    for file in velocities.get_currents(workspace):
        print(f"Currents of {file.source}, added by {file.author}")


def add(options: argparse.Namespace) -> None:
    """`seep layers add`."""
    workspace = workspace_of(options)
    layer = reference_layers.add_layer(workspace, options.file, actor_of(options, workspace), options.name)
    print(f"{layer.name}: {counted(layer.features, 'feature')}")


def remove(options: argparse.Namespace) -> None:
    """`seep layers remove`."""
    workspace = workspace_of(options)
    reference_layers.remove_layer(workspace, options.name, actor_of(options, workspace))
    print(f"{options.name} removed")


def depth(options: argparse.Namespace) -> None:
    """`seep layers depth`."""
    workspace = workspace_of(options)
    actor = actor_of(options, workspace)
    if options.remove:
        water_depth.remove_bathymetry(workspace, actor)
        print("Bathymetry removed")
    else:
        areas = add_bathymetry(workspace, options.file, actor)
        print(f"{options.file.name}: water depth of {counted(areas, 'area')}")


def currents(options: argparse.Namespace) -> None:
    """`seep layers currents`."""
    workspace = workspace_of(options)
    actor = actor_of(options, workspace)
    if options.remove:
        velocities.remove_currents(workspace, options.remove, actor)
        print(f"Currents of {options.remove} removed")
    else:
        count = velocities.add_currents(workspace, options.file, actor)
        print(f"{options.file.name}: currents of {counted(count, 'scene')}")
