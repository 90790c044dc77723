"""Places: confirm, create, rename, split, merge and correct them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy.orm import Session

from seep.core.geo.georeference import Georeference
from seep.core.geo.utm import utm_grid
from seep.core.records import SPLITS, PlaceRecord, SceneRecord
from seep.core.text import number
from seep.errors import MissingError, SettingsError
from seep.store import scenes
from seep.store.places import places, sites
from seep.workflow.actor import Actor, requires
from seep.workflow.places.geometry import PassGeometry
from seep.workflow.places.survey import Survey, survey
from seep.workflow.scenes.layout import infer_columns
from seep.workflow.workspace import Workspace

MAX_OFFSET_PX = 1_000_000
SQUARE = 0.02
"""Difference of the sides of a pixel on the ground up to which it is square, as a share."""


@dataclass(frozen=True)
class PlaceSummary:
    """A place with its passes, by acquisition time; `ordered_by_name` lists passes whose time is unknown."""

    place: PlaceRecord
    passes: tuple[SceneRecord, ...]

    @property
    def ordered_by_name(self) -> tuple[str, ...]:
        """Passes of unknown acquisition time; they follow the others by name."""
        return tuple(one.name for one in self.passes if one.acquired_at is None)

    @property
    def splits(self) -> dict[str, int]:
        """Number of passes in each split that has some, in the order of `SPLITS`.

        A model that was trained on one pass knows the ground of the others, and scores better there than elsewhere.
        """
        found = Counter(one.split for one in self.passes)
        return {split: found[split] for split in SPLITS if found[split]}


def list_places(workspace: Workspace) -> list[PlaceSummary]:
    """List the places by name, with their passes."""
    with workspace.store.reading() as session:
        return [
            PlaceSummary(place, tuple(places.passes_of(session, place.id)))
            for place in places.list_places(session)
        ]


def find_place(workspace: Workspace, name: str) -> PlaceSummary:
    """Return a place by its name or number.

    Raises:
        MissingError: there is no such place.
    """
    found = list_places(workspace)
    for one in found:
        if name in (one.place.name, str(one.place.id)):
            return one
    known = ", ".join(one.place.name for one in found) or "none yet"
    raise MissingError(f"There is no place {name!r}. Places of this workspace: {known}.")


@requires("lead", "change places")
def create_place(workspace: Workspace, name: str, scene_names: Sequence[str], actor: Actor) -> PlaceSummary:
    """Make scenes the passes of a new place.

    The place takes the grid of its first pass if all passes share it and its pixels are square on the ground, else
    a grid in UTM, because distances between sites are measured in pixels of the place. Tile sets without georeference
    get the number of columns that most of them have, because their tiles share one grid.

    Args:
        scene_names: scenes without a place, at least one.

    Raises:
        MissingError: there is no such scene.
        SettingsError: a scene has a place, the name is taken, or only some of the scenes have a georeference.
    """
    members = _members(workspace, scene_names)
    surveys = {member.id: survey(workspace, member.id) for member in members}
    _check_georeferences(members, surveys)
    reference = _place_grid([surveys[member.id] for member in members])
    columns = _common_columns(workspace, members, surveys)
    with workspace.store.transaction() as session:
        place = places.add_place(session, name, reference.to_dict() if reference else None, actor.name)
        _assign(session, members, place, columns, actor)
    return find_place(workspace, place.name)


@requires("lead", "change places")
def add_passes(workspace: Workspace, place_id: int, scene_names: Sequence[str], actor: Actor) -> None:
    """Make scenes further passes of a place; a scene of another place moves.

    Raises:
        MissingError: there is no such scene or place.
        SettingsError: a scene has a georeference and the place has none, or the other way round.
    """
    members = _members(workspace, scene_names, free=False)
    with workspace.store.reading() as session:
        place = places.get_place(session, place_id)
        present = places.passes_of(session, place_id)
    surveys = {one.id: survey(workspace, one.id) for one in [*present, *members]}
    _check_georeferences([*present, *members], surveys)
    columns = _common_columns(workspace, [*present, *members], surveys)
    with workspace.store.transaction() as session:
        _assign(session, members, place, columns, actor)


@requires("lead", "change places")
def remove_passes(workspace: Workspace, scene_names: Sequence[str], actor: Actor) -> None:
    """Take scenes out of their places.

    Raises:
        MissingError: there is no such scene.
    """
    members = _members(workspace, scene_names, free=False)
    with workspace.store.transaction() as session:
        for member in members:
            places.assign_scene(session, member.id, None, actor.name)


@requires("lead", "change splits")
def move_passes(workspace: Workspace, place_id: int, split: str, actor: Actor) -> int:
    """Move all passes of a place into one split; return how many were moved. Trained models stay as they are.

    Raises:
        MissingError: there is no such place.
        SettingsError: the split is not "train", "validation" or "test".
    """
    with workspace.store.transaction() as session:
        places.get_place(session, place_id)
        moved = [one for one in places.passes_of(session, place_id) if one.split != split]
        for one in moved:
            scenes.set_split(session, one.id, split, actor.name)
    return len(moved)


@requires("lead", "change places")
def set_offset(workspace: Workspace, scene_name: str, offset: tuple[int, int], actor: Actor) -> None:
    """Correct the position of a pass without georeference: its upper left corner in pixels of the place.

    Raises:
        MissingError: there is no such scene.
        SettingsError: the scene has no place, or a georeference; or the offset is more than a million pixels.
    """
    if max(map(abs, offset)) > MAX_OFFSET_PX:
        raise SettingsError(
            f"{scene_name} cannot lie more than {number(MAX_OFFSET_PX)} pixels away from the place. Nothing changed."
        )
    (scene,) = _members(workspace, [scene_name], free=False)
    if scene.place_id is None:
        raise SettingsError(f"Scene {scene.name} has no place. Add it to a place first.")
    if survey(workspace, scene.id).georeference is not None:
        raise SettingsError(
            f"Scene {scene.name} has a georeference, which gives its position. Nothing changed."
        )
    with workspace.store.transaction() as session:
        places.assign_scene(session, scene.id, scene.place_id, actor.name, offset)


@requires("lead", "change places")
def split_place(
    workspace: Workspace, place_id: int, scene_names: Sequence[str], name: str, actor: Actor
) -> PlaceSummary:
    """Move some passes of a place to a new place with the same settings; the sites stay with the old one.

    Raises:
        MissingError: there is no such place or scene.
        SettingsError: a scene is no pass of this place, all of them would move, or the name is taken.
    """
    members = _members(workspace, scene_names, free=False)
    with workspace.store.reading() as session:
        place = places.get_place(session, place_id)
        present = {one.id for one in places.passes_of(session, place_id)}
    strange = [member.name for member in members if member.id not in present]
    if strange or len(members) == len(present):
        reason = f"{strange[0]} is no pass of it" if strange else "no pass would be left"
        raise SettingsError(f"Place {place.name} cannot be split: {reason}. Choose some of its passes.")
    with workspace.store.transaction() as session:
        new = places.add_place(session, name, place.georeference, actor.name)
        places.set_detection(session, new.id, place.radius, place.min_passes, actor.name)
        for member in members:
            places.assign_scene(session, member.id, new.id, actor.name, (member.pass_x, member.pass_y))
    return find_place(workspace, new.name)


@requires("lead", "change places")
def merge_places(workspace: Workspace, place_id: int, other_id: int, actor: Actor) -> PlaceSummary:
    """Move the passes and the sites of another place into a place, and delete the other one.

    Sites get new numbers after the existing ones and keep their history.

    Raises:
        MissingError: there is no such place.
        SettingsError: both are the same, or one of them has a georeference and the other does not.
    """
    if place_id == other_id:
        raise SettingsError("A place cannot be merged with itself. Choose another one.")
    with workspace.store.reading() as session:
        place, other = places.get_place(session, place_id), places.get_place(session, other_id)
        moving = places.passes_of(session, other_id)
    if (place.georeference is None) != (other.georeference is None):
        raise SettingsError(
            f"{place.name} and {other.name} cannot be merged: only one of them has a georeference. Nothing changed."
        )
    geometry = PassGeometry(
        Georeference.from_dict(other.georeference), Georeference.from_dict(place.georeference), (0, 0)
    )

    def convert(x: float, y: float) -> tuple[float, float]:
        ((column, row),) = geometry.to_place(np.array([[x, y]], np.float64)).tolist()
        return column, row

    with workspace.store.transaction() as session:
        for one in moving:
            places.assign_scene(session, one.id, place_id, actor.name, (one.pass_x, one.pass_y))
        places.move_deleted_passes(session, other_id, place_id)
        sites.move_sites(session, other_id, place_id, convert)
        places.drop_place(session, other_id, actor.name)
    return find_place(workspace, place.name)


@requires("lead", "change places")
def rename_place(workspace: Workspace, place_id: int, name: str, actor: Actor) -> None:
    """Rename a place.

    Raises:
        MissingError: there is no such place.
        SettingsError: the name is empty, too long, or taken.
    """
    with workspace.store.transaction() as session:
        places.rename_place(session, place_id, name, actor.name)


@requires("lead", "change places")
def set_detection(
    workspace: Workspace, place_id: int, radius: float | None, min_passes: int, actor: Actor
) -> None:
    """Set how sites of a place are detected.

    Args:
        radius: in meters with a georeference, else in pixels; None for the default, 2,500 m or 24 px.
        min_passes: passes that have to support a site, 2 or more.

    Raises:
        MissingError: there is no such place.
        SettingsError: a value is out of range.
    """
    with workspace.store.transaction() as session:
        places.set_detection(session, place_id, radius, min_passes, actor.name)


@requires("lead", "change places")
def delete_place(workspace: Workspace, place_id: int, actor: Actor) -> None:
    """Delete a place; its scenes stay, without a place.

    Raises:
        MissingError: there is no such place.
        SettingsError: analysts changed sites of it, whose ranks and notes would be lost.
    """
    with workspace.store.transaction() as session:
        place = places.get_place(session, place_id)
        changed = sum(site.revision_id is not None for site in sites.list_sites(session, place_id))
        if changed:
            raise SettingsError(
                f"Place {place.name} has {changed} site(s) with changes by analysts. Merge it into another place "
                "instead."
            )
        places.drop_place(session, place_id, actor.name)


def _members(workspace: Workspace, names: Sequence[str], *, free: bool = True) -> list[SceneRecord]:
    with workspace.store.reading() as session:
        known = {scene.name: scene for scene in scenes.list_scenes(session)}
    missing = [name for name in names if name not in known]
    if missing or not names:
        which = repr(missing[0]) if missing else "without a name"
        raise MissingError(f"This workspace has no scene {which}. Choose other scenes.")
    members = [known[name] for name in dict.fromkeys(names)]
    taken = [member.name for member in members if member.place_id is not None]
    if free and taken:
        raise SettingsError(
            f"Scene {taken[0]} belongs to a place already. Take it out first, or add to that place."
        )
    return members


def _check_georeferences(members: Sequence[SceneRecord], surveys: dict[int, Survey]) -> None:
    with_one = [member for member in members if surveys[member.id].georeference is not None]
    if with_one and len(with_one) < len(members):
        without = next(member for member in members if member not in with_one)
        raise SettingsError(
            f"Scene {with_one[0].name} has a georeference and scene {without.name} has none, so they cannot share a "
            "place. Nothing changed."
        )


def _place_grid(surveys: Sequence[Survey]) -> Georeference | None:
    """The grid of the first pass if it fits all of them, else UTM with pixels as fine as the finest ones."""
    first = surveys[0].georeference
    sizes = [one.pixel_size_m() for one in surveys]
    known = [size for size in sizes if size is not None]
    if first is None or len(known) < len(sizes):
        return first
    width, height = known[0]
    shared = all(PassGeometry(one.georeference, first).is_shift for one in surveys)
    if first.transform is not None and shared and abs(width / height - 1) < SQUARE:
        return first
    lon, lat = first.lonlat([0], [0])
    return utm_grid(float(lon[0]), float(lat[0]), min(float(np.sqrt(w * h)) for w, h in known))


def _common_columns(
    workspace: Workspace, members: Sequence[SceneRecord], surveys: dict[int, Survey]
) -> int | None:
    """Number of columns that most tile sets without georeference have; None if no scene knows it."""
    sets = [member for member in members if member.path is None and surveys[member.id].georeference is None]
    told = [columns for one in sets if (columns := infer_columns(workspace, one.id))]
    return Counter(told).most_common(1)[0][0] if told else None


def _assign(
    session: Session, members: Sequence[SceneRecord], place: PlaceRecord, columns: int | None, actor: Actor
) -> None:
    for member in members:
        places.assign_scene(session, member.id, place.id, actor.name, (member.pass_x, member.pass_y))
        if (
            columns is not None
            and member.path is None
            and member.columns != columns
            and place.georeference is None
        ):
            scenes.set_columns(session, member.id, columns, actor.name)
