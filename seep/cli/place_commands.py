"""Commands for places and their passes: `seep places ACTION`."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seep.cli.arguments import add_action, add_actions, words
from seep.cli.session import actor_of, workspace_of
from seep.core.records import SceneRecord
from seep.core.text import counted, wind_text
from seep.errors import SettingsError
from seep.workflow.places import places, times, wind
from seep.workflow.places.environment.image_wind import estimate_wind
from seep.workflow.places.proposals import Proposal, dismiss, propose_places

if TYPE_CHECKING:
    from seep.cli.arguments import Parsers


def add_place_commands(parsers: "Parsers") -> None:
    """Add `places` with its actions to the parser."""
    actions = add_actions(
        parsers,
        "places",
        "find, confirm and correct places and their passes",
        "propose",
        "confirm --all",
        "times --from-names",
        "split 'Place 1' --scenes 041869,041872 --name North",
    )
    parser = add_action(actions, "list", list_places, "list places with their passes")
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_action(actions, "propose", propose, "list scenes that look like passes of one place")
    parser = add_action(actions, "confirm", confirm, "make proposed scenes a place")
    parser.add_argument("number", type=int, nargs="?", metavar="N", help="number that propose printed")
    parser.add_argument("--all", action="store_true", help="confirm every proposal")
    parser.add_argument("--name", metavar="NAME", help="name of the place (default: first to last scene)")
    parser = add_action(actions, "dismiss", dismiss_proposal, "do not propose these scenes again")
    parser.add_argument("number", type=int, metavar="N", help="number that propose printed")
    parser = add_action(actions, "create", create, "make scenes the passes of a new place")
    parser.add_argument("name", metavar="NAME")
    _add_scenes(parser)
    parser = add_action(actions, "add", add, "make scenes further passes of a place")
    _add_place(parser)
    _add_scenes(parser)
    parser = add_action(actions, "remove", remove, "take scenes out of their places")
    _add_scenes(parser)
    parser = add_action(actions, "split", split, "move some passes to a new place")
    _add_place(parser)
    _add_scenes(parser)
    parser.add_argument("--name", required=True, metavar="NAME", help="name of the new place")
    parser = add_action(actions, "merge", merge, "move passes and sites of another place into a place")
    _add_place(parser)
    parser.add_argument("other", metavar="OTHER", help="name or number of the place that is merged into it")
    parser = add_action(actions, "rename", rename, "rename a place")
    _add_place(parser)
    parser.add_argument("name", metavar="NAME", help="new name")
    parser = add_action(actions, "delete", delete, "delete a place; its scenes stay")
    _add_place(parser)
    parser = add_action(actions, "offset", offset, "correct the position of a pass without georeference")
    parser.add_argument("scene", metavar="SCENE", help="name of the scene")
    parser.add_argument("x", type=int, metavar="X", help="left edge in pixels of the place")
    parser.add_argument("y", type=int, metavar="Y", help="upper edge in pixels of the place")
    parser = add_action(actions, "detection", detection, "set how sites of a place are detected")
    _add_place(parser)
    parser.add_argument(
        "--radius",
        type=float,
        metavar="R",
        help="meters with a georeference, else pixels (default: 2500 or 24)",
    )
    parser.add_argument("--min-passes", type=int, default=3, metavar="N", help="default: 3")
    parser = add_action(actions, "times", set_times, "set acquisition times of scenes")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument("--set", nargs=2, metavar=("SCENE", "TIME"), help='one scene; "" for unknown')
    how.add_argument(
        "--from-names",
        nargs="?",
        const=times.NAME_PATTERN,
        metavar="PATTERN",
        help="regular expression with a group time (default: digits like 20260521T061255)",
    )
    how.add_argument("--from-tags", action="store_true", help="tags of TIFF files")
    how.add_argument("--csv", type=Path, metavar="FILE", help="table with the columns scene and acquired_at")
    _add_wind(actions)


def _add_wind(actions: "Parsers") -> None:
    parser = add_action(actions, "wind", set_scene_wind, "set the wind of scenes")
    how = parser.add_mutually_exclusive_group(required=True)
    how.add_argument(
        "--set",
        nargs=3,
        metavar=("SCENE", "SPEED", "FROM"),
        help="one scene: m/s, and degrees from which the wind comes, clockwise from north",
    )
    how.add_argument("--clear", metavar="SCENE", help="make the wind of a scene unknown")
    how.add_argument("--image", metavar="SCENE", help="estimate the wind speed from the image of a scene")
    how.add_argument("--era5", type=Path, metavar="FILE", help="NetCDF file of ERA5 with u10 and v10")


def _add_place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("place", metavar="PLACE", help="name or number of the place")


def _add_scenes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--scenes", type=words, required=True, metavar="A,B", help="names of scenes")


def list_places(options: argparse.Namespace) -> None:
    """`seep places list`."""
    found = places.list_places(workspace_of(options))
    if options.json:
        rows = [
            asdict(one.place) | {"passes": [_pass_values(scene) for scene in one.passes]} for one in found
        ]
        print(json.dumps(rows, indent=2))
        return
    for one in found:
        print(f"{one.place.id}  {one.place.name}: {counted(len(one.passes), 'pass', 'passes')}")
        for scene in one.passes:
            blowing = wind_text(scene.wind_ms, scene.wind_from_deg)
            print(f"     {scene.acquired_at or 'time unknown':30}{scene.name:30}{blowing}".rstrip())
    if not found:
        print("No places yet. python -m seep places propose lists scenes that look like passes of one place.")


def _pass_values(scene: SceneRecord) -> dict[str, str | float | None]:
    return {
        "scene": scene.name,
        "acquired_at": scene.acquired_at,
        "wind_ms": scene.wind_ms,
        "wind_from_deg": scene.wind_from_deg,
        "wind_source": scene.wind_source,
    }


def propose(options: argparse.Namespace) -> None:
    """`seep places propose`."""
    found = propose_places(workspace_of(options))
    for number, one in enumerate(found, 1):
        print(f"{number}  {one.sentence}")
    if not found:
        print("No scenes without a place look like passes of one place.")


def confirm(options: argparse.Namespace) -> None:
    """`seep places confirm`."""
    workspace = workspace_of(options)
    actor = actor_of(options, workspace)
    if (options.number is None) != options.all:
        raise SettingsError("Give the number of a proposal, or --all.")
    if options.all and options.name:
        raise SettingsError("--name needs the number of one proposal.")
    found = propose_places(workspace)
    for one in found if options.all else [_numbered(found, options.number)]:
        if one.place_id is None:
            made = places.create_place(workspace, options.name or one.name, one.scenes, actor)
            print(f"{made.place.name}: {counted(len(made.passes), 'pass', 'passes')}")
        else:
            places.add_passes(workspace, one.place_id, one.scenes, actor)
            print(f"{one.name}: {counted(len(one.scenes), 'pass', 'passes')} added")


def dismiss_proposal(options: argparse.Namespace) -> None:
    """`seep places dismiss`."""
    workspace = workspace_of(options)
    one = _numbered(propose_places(workspace), options.number)
    dismiss(workspace, one.scenes, actor_of(options, workspace))
    print(f"Dismissed: {one.name}")


def _numbered(found: list[Proposal], number: int) -> Proposal:
    if not 1 <= number <= len(found):
        raise SettingsError(
            f"There is no proposal {number}. python -m seep places propose lists {len(found)}."
        )
    return found[number - 1]


def create(options: argparse.Namespace) -> None:
    """`seep places create`."""
    workspace = workspace_of(options)
    made = places.create_place(workspace, options.name, options.scenes, actor_of(options, workspace))
    print(f"{made.place.name}: {counted(len(made.passes), 'pass', 'passes')}")


def add(options: argparse.Namespace) -> None:
    """`seep places add`."""
    workspace = workspace_of(options)
    place = places.find_place(workspace, options.place).place
    places.add_passes(workspace, place.id, options.scenes, actor_of(options, workspace))
    print(f"{place.name}: {counted(len(options.scenes), 'pass', 'passes')} added")


def remove(options: argparse.Namespace) -> None:
    """`seep places remove`."""
    workspace = workspace_of(options)
    places.remove_passes(workspace, options.scenes, actor_of(options, workspace))
    print(f"{counted(len(options.scenes), 'scene')} without a place")


def split(options: argparse.Namespace) -> None:
    """`seep places split`."""
    workspace = workspace_of(options)
    place = places.find_place(workspace, options.place).place
    made = places.split_place(workspace, place.id, options.scenes, options.name, actor_of(options, workspace))
    print(f"{made.place.name}: {counted(len(made.passes), 'pass', 'passes')} of {place.name}")


def merge(options: argparse.Namespace) -> None:
    """`seep places merge`."""
    workspace = workspace_of(options)
    place = places.find_place(workspace, options.place).place
    other = places.find_place(workspace, options.other).place
    merged = places.merge_places(workspace, place.id, other.id, actor_of(options, workspace))
    print(f"{merged.place.name}: {counted(len(merged.passes), 'pass', 'passes')}")


def rename(options: argparse.Namespace) -> None:
    """`seep places rename`."""
    workspace = workspace_of(options)
    place = places.find_place(workspace, options.place).place
    places.rename_place(workspace, place.id, options.name, actor_of(options, workspace))
    print(f"{place.name} is now {options.name.strip()}")


def delete(options: argparse.Namespace) -> None:
    """`seep places delete`."""
    workspace = workspace_of(options)
    place = places.find_place(workspace, options.place).place
    places.delete_place(workspace, place.id, actor_of(options, workspace))
    print(f"{place.name} deleted")


def offset(options: argparse.Namespace) -> None:
    """`seep places offset`."""
    workspace = workspace_of(options)
    places.set_offset(workspace, options.scene, (options.x, options.y), actor_of(options, workspace))
    print(f"{options.scene} is at ({options.x}, {options.y})")


def detection(options: argparse.Namespace) -> None:
    """`seep places detection`."""
    workspace = workspace_of(options)
    place = places.find_place(workspace, options.place).place
    places.set_detection(
        workspace, place.id, options.radius, options.min_passes, actor_of(options, workspace)
    )
    print(f"{place.name}: {counted(options.min_passes, 'pass', 'passes')} per site")


def set_times(options: argparse.Namespace) -> None:
    """`seep places times`."""
    workspace = workspace_of(options)
    actor = actor_of(options, workspace)
    if options.set:
        scene, text = options.set
        print(f"{scene}: {times.set_time(workspace, scene, text, actor) or 'time unknown'}")
        return
    if options.csv:
        found = times.times_from_table(workspace, options.csv, actor)
    elif options.from_tags:
        found = times.times_from_tags(workspace, actor)
    else:
        found = times.times_from_names(workspace, actor, options.from_names)
    for name, time in sorted(found.times.items()):
        print(f"{name}: {time}")
    if found.unknown:
        print(f"{counted(len(found.unknown), 'scene')} without a time; they keep the order of their names")


def set_scene_wind(options: argparse.Namespace) -> None:
    """`seep places wind`."""
    workspace = workspace_of(options)
    actor = actor_of(options, workspace)
    if options.set:
        scene, speed, direction = options.set
        try:
            values = float(speed), float(direction)
        except ValueError as error:
            raise SettingsError(
                f"{speed!r} and {direction!r} have to be numbers, such as 4.5 310."
            ) from error
        wind.set_wind(workspace, scene, *values, actor)
        print(f"{scene}: {wind_text(*values)}")
    elif options.clear:
        wind.clear_wind(workspace, options.clear, actor)
        print(f"{options.clear}: wind unknown")
    elif options.image:
        field = estimate_wind(workspace, options.image, actor)
        cells = int(np.isfinite(field.speed_ms).sum())
        print(
            f"{options.image}: {field.median_ms:.1f} m/s from the image, median of {counted(cells, 'cell')}"
        )
    else:
        report = wind.wind_from_era5(workspace, options.era5, actor)
        for name, values in sorted(report.winds.items()):
            print(f"{name}: {wind_text(*values)}")
        for name, reason in sorted(report.without.items()):
            print(f"{name}: no wind, because {reason}")
