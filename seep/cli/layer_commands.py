"""Commands for reference layers: `seep layers ACTION`."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from seep.cli.arguments import add_action, add_actions
from seep.cli.session import actor_of, workspace_of
from seep.core.text import counted
from seep.workflow import reference_layers

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


def list_layers(options: argparse.Namespace) -> None:
    """`seep layers list`."""
    found = reference_layers.list_layers(workspace_of(options))
    for one in found:
        print(f"{one.name}: {counted(one.features, 'feature')} of {one.source}, added by {one.author}")
    if not found:
        print("No reference layers")


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
