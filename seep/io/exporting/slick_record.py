"""What is told of a slick, the same in every format that tells of slicks."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from shapely.geometry import LineString, MultiLineString, MultiPolygon

from seep.core.geo.grid import Window

Value = int | float | str | None


@dataclass(frozen=True)
class SlickRecord:
    """A slick with its measures and where they come from.

    Attributes:
        scene: name of its scene.
        image: what `x` and `y` count in: the scene, or the tile where the tiles' places are not known.
        number: within the image, from 1, largest first.
        class_id: 1 and up.
        class_name: as the workspace calls it.
        area_px: pixels.
        area_km2: geodesic, on WGS 84; None without a georeference, as all that is measured on the ground.
        length_px: of the center line.
        length_km: of the center line on the ground.
        width_px: mean width across the center line.
        width_m: the same on the ground.
        max_width_px: largest width.
        max_width_m: the same on the ground.
        contrast_db: mean backscatter against the sea around it, negative where darker; None where unknown.
        probability: mean predicted probability of seep, 0 to 1; None where nothing was predicted.
        x: column of a point within the slick, pixels.
        y: row of it.
        longitude: of the same point, degrees; None without a georeference.
        latitude: of it.
        acquired_at: when the scene was taken, ISO 8601; None where unknown.
        saved_at: when its newest mask was saved or predicted, ISO 8601 in UTC.
        author: who saved it, several between semicolons; None where it is as predicted.
        checkpoint: which predicted it, several between semicolons; None where nothing was predicted.
        state: of its tiles, several between semicolons.
        box: its bounding box in pixels of the image.
        outline: longitudes and latitudes with a georeference, else pixels.
        line: the center line in the same coordinates; None for slicks of a pixel or two.
    """

    scene: str
    image: str
    number: int
    class_id: int
    class_name: str
    area_px: int
    area_km2: float | None
    length_px: float
    length_km: float | None
    width_px: float
    width_m: float | None
    max_width_px: float
    max_width_m: float | None
    contrast_db: float | None
    probability: float | None
    x: float
    y: float
    longitude: float | None
    latitude: float | None
    acquired_at: str | None
    saved_at: str | None
    author: str | None
    checkpoint: str | None
    state: str
    box: Window
    outline: MultiPolygon
    line: LineString | MultiLineString | None

    @property
    def on_ground(self) -> bool:
        """Tell whether `outline` and `line` are longitudes and latitudes."""
        return self.longitude is not None


@dataclass(frozen=True)
class Field:
    """A field of a table.

    Attributes:
        name: attribute of `SlickRecord`, and the field's name.
        short: name of ten characters or fewer, for Shapefiles.
        kind: of its values.
        digits: after the decimal point.
    """

    name: str
    short: str
    kind: type[int] | type[float] | type[str]
    digits: int = 0


FIELDS = (
    Field("scene", "scene", str),
    Field("image", "image", str),
    Field("number", "number", int),
    Field("class_id", "class_id", int),
    Field("class_name", "class_name", str),
    Field("probability", "prob", float, 3),
    Field("area_km2", "area_km2", float, 6),
    Field("length_km", "length_km", float, 4),
    Field("width_m", "width_m", float, 1),
    Field("max_width_m", "maxwidth_m", float, 1),
    Field("contrast_db", "contr_db", float, 2),
    Field("area_px", "area_px", int),
    Field("length_px", "length_px", float, 1),
    Field("width_px", "width_px", float, 2),
    Field("max_width_px", "maxwid_px", float, 2),
    Field("longitude", "longitude", float, 6),
    Field("latitude", "latitude", float, 6),
    Field("x", "x", float, 1),
    Field("y", "y", float, 1),
    Field("acquired_at", "acquired", str),
    Field("saved_at", "saved_at", str),
    Field("author", "author", str),
    Field("checkpoint", "checkpoint", str),
    Field("state", "state", str),
)


def values(slick: SlickRecord) -> dict[str, Value]:
    """Return a slick's fields by name, floats rounded to what they mean."""
    found: dict[str, Value] = {}
    for field in FIELDS:
        value: Value = getattr(slick, field.name)
        found[field.name] = round(value, field.digits) if isinstance(value, float) else value
    return found


def by_coordinates(slicks: Sequence[SlickRecord]) -> Iterator[tuple[str, list[SlickRecord]]]:
    """Part slicks by their coordinates: ("", those on the ground), ("_pixels", those in pixels).

    One layer or file never mixes the two; one without slicks is left out, unless there are none at all.
    """
    if not slicks:
        yield "", []
    ordered = sorted(slicks, key=lambda one: not one.on_ground)
    for on_ground, members in groupby(ordered, key=lambda one: one.on_ground):
        yield "" if on_ground else "_pixels", list(members)
