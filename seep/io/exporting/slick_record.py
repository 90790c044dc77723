"""The exported fields of a slick, the same in every format."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from shapely.geometry import LineString, MultiLineString, MultiPolygon

from seep.core.geo.grid import Window

Value = int | float | str | None


@dataclass(frozen=True)
class SlickReview:
    """Columns of a slick from the review record; texts of several tiles are joined by semicolons.

    Attributes:
        prediction: "unchanged", "changed" or "added" against the prediction that its author saw; "none" without one.
        role: roles of the people who saved its masks; None for predicted masks.
        revisions: number of revisions of its tiles.
        active_s: active time in its tiles, seconds; None where none was recorded.
        second_annotator: who drew the newest second masks of its tiles; None without one.
        in_second_mask: "yes" if a second mask has seep here, "no" if it has none, None without a second mask.
        f1: lowest agreement of its tiles within 2 px, 0 to 1; None without a second mask.
        adjudication: "first", "second", "both" or "third"; None without one.
        comments: comments on its tiles, each after its author.
    """

    prediction: str
    role: str | None
    revisions: int
    active_s: float | None
    second_annotator: str | None
    in_second_mask: str | None
    f1: float | None
    adjudication: str | None
    comments: str | None


@dataclass(frozen=True)
class SlickDetails:
    """Further measurements of a slick; None where unknown. Those on the ground need a georeference.

    Attributes:
        end_1_longitude: of one tip, degrees.
        end_1_latitude: of the same.
        end_2_longitude: of the other tip.
        end_2_latitude: of the same.
        end_1_x: column of the first tip, pixels of the image.
        end_1_y: row of it.
        end_2_x: column of the second one.
        end_2_y: row of it.
        orientation_deg: direction of the line between the tips, 0 to 180 degrees clockwise from north.
        wind_angle_deg: angle between this line and the wind, 0 to 90 degrees.
        track_angle_deg: angle between this line and the flight track, 0 to 90 degrees; only for scenes in the geometry
            of the radar, whose georeference is ground control points.
        sinuosity: length of the center line relative to the distance of its ends, 1 or more.
        curvature_per_km: mean absolute curvature of the center line, radians per kilometer.
        widths_m: widths at 11 points from the first end to the second one, separated by spaces, meters.
        widths_px: the same in pixels.
        noise_db: standard deviation of the sea that the contrast refers to.
        edge_left_db: steepest rise across the edge to the left of the way from the first end, dB per pixel.
        edge_right_db: the same to the right.
        ring_db: sea 2 to 10 pixels away relative to the sea 20 to 40 pixels away.
        bright_m: distance to the nearest bright point within 48 pixels, such as a ship.
        bright_px: the same in pixels.
        nearest: nearest feature of the reference layers, after the name of its layer.
        nearest_km: its distance from the outline.
        cause: as an analyst decided it, in words.
    """

    end_1_longitude: float | None = None
    end_1_latitude: float | None = None
    end_2_longitude: float | None = None
    end_2_latitude: float | None = None
    end_1_x: float | None = None
    end_1_y: float | None = None
    end_2_x: float | None = None
    end_2_y: float | None = None
    orientation_deg: float | None = None
    wind_angle_deg: float | None = None
    track_angle_deg: float | None = None
    sinuosity: float | None = None
    curvature_per_km: float | None = None
    widths_m: str | None = None
    widths_px: str | None = None
    noise_db: float | None = None
    edge_left_db: float | None = None
    edge_right_db: float | None = None
    ring_db: float | None = None
    bright_m: float | None = None
    bright_px: float | None = None
    nearest: str | None = None
    nearest_km: float | None = None
    cause: str | None = None


@dataclass(frozen=True)
class SlickRecord:
    """A slick with its measurements and metadata. Values in km, km2 and m are None without a georeference.

    Attributes:
        scene: name of its scene.
        image: image of the pixel coordinates: the scene, or the tile if the tile positions are unknown.
        number: number within the image, from 1, largest slick first.
        class_id: 1 or more.
        class_name: name of the class in the workspace.
        area_px: area, pixels.
        area_km2: geodesic area on WGS 84.
        length_px: length of the center line, pixels.
        length_km: the same on the ground.
        width_px: mean width across the center line, pixels.
        width_m: the same on the ground.
        max_width_px: largest width, pixels.
        max_width_m: the same on the ground.
        contrast_db: mean backscatter relative to the surrounding sea, negative if darker; None if unknown.
        probability: mean seep probability, 0 to 1; None without a prediction.
        x: column of a point within the slick, pixels.
        y: row of this point, pixels.
        longitude: longitude of this point, degrees; None without a georeference.
        latitude: latitude of this point, degrees; None without a georeference.
        acquired_at: acquisition time of the scene, ISO 8601; None if unknown.
        wind_ms: wind speed of the scene; None if unknown.
        wind_from_deg: where the wind comes from, degrees clockwise from north.
        incidence_deg: incidence angle at this point; None if unknown.
        saved_at: time at which its newest mask was saved or predicted, ISO 8601 in UTC.
        author: users who saved its masks, separated by semicolons; None for predicted masks.
        checkpoint: checkpoints that predicted it, separated by semicolons; None without a prediction.
        state: states of its tiles, separated by semicolons.
        box: bounding box, pixels of the image.
        outline: longitude and latitude with a georeference, else pixels.
        line: center line in the same coordinates; None for slicks of one or two pixels.
        details: further measurements.
        review: from the review record; None in an export without it.
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
    wind_ms: float | None
    wind_from_deg: float | None
    incidence_deg: float | None
    box: Window
    outline: MultiPolygon
    line: LineString | MultiLineString | None
    details: SlickDetails = SlickDetails()
    review: SlickReview | None = None

    @property
    def on_ground(self) -> bool:
        """Whether `outline` and `line` are in longitude and latitude."""
        return self.longitude is not None


@dataclass(frozen=True)
class Field:
    """A field of a table.

    Attributes:
        name: attribute of `SlickRecord` or `SlickReview`, and name of the field.
        short: name in Shapefiles, at most ten characters.
        kind: type of the values.
        digits: number of decimal places.
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
    Field("wind_ms", "wind_ms", float, 2),
    Field("wind_from_deg", "wind_from", float, 1),
    Field("incidence_deg", "incid_deg", float, 2),
    Field("saved_at", "saved_at", str),
    Field("author", "author", str),
    Field("checkpoint", "checkpoint", str),
    Field("state", "state", str),
)
DETAIL_FIELDS = (
    Field("orientation_deg", "orient_deg", float, 1),
    Field("wind_angle_deg", "wind_angle", float, 1),
    Field("track_angle_deg", "track_angl", float, 1),
    Field("sinuosity", "sinuosity", float, 3),
    Field("curvature_per_km", "curvature", float, 3),
    Field("widths_m", "widths_m", str),
    Field("widths_px", "widths_px", str),
    Field("noise_db", "noise_db", float, 2),
    Field("edge_left_db", "edge_left", float, 2),
    Field("edge_right_db", "edge_right", float, 2),
    Field("ring_db", "ring_db", float, 2),
    Field("bright_m", "bright_m", float, 1),
    Field("bright_px", "bright_px", float, 1),
    Field("nearest", "nearest", str),
    Field("nearest_km", "nearest_km", float, 3),
    Field("cause", "cause", str),
    Field("end_1_longitude", "end1_lon", float, 6),
    Field("end_1_latitude", "end1_lat", float, 6),
    Field("end_2_longitude", "end2_lon", float, 6),
    Field("end_2_latitude", "end2_lat", float, 6),
    Field("end_1_x", "end1_x", float, 1),
    Field("end_1_y", "end1_y", float, 1),
    Field("end_2_x", "end2_x", float, 1),
    Field("end_2_y", "end2_y", float, 1),
)
REVIEW_FIELDS = (
    Field("prediction", "kept", str),
    Field("role", "role", str),
    Field("revisions", "revisions", int),
    Field("active_s", "active_s", float, 1),
    Field("second_annotator", "second_by", str),
    Field("in_second_mask", "in_second", str),
    Field("f1", "f1", float, 4),
    Field("adjudication", "adjudic", str),
    Field("comments", "comments", str),
)


def fields_of(slicks: Sequence[SlickRecord]) -> tuple[Field, ...]:
    """Return the fields of a table of slicks; those of the review record only if the slicks have it."""
    return FIELDS + DETAIL_FIELDS + (REVIEW_FIELDS if any(slick.review for slick in slicks) else ())


def values(slick: SlickRecord) -> dict[str, Value]:
    """Return the fields of a slick by name, with floats rounded to the digits of their field."""
    found: dict[str, Value] = {}
    for source, fields in ((slick, FIELDS), (slick.details, DETAIL_FIELDS), (slick.review, REVIEW_FIELDS)):
        for field in fields if source else ():
            value: Value = getattr(source, field.name)
            found[field.name] = round(value, field.digits) if isinstance(value, float) else value
    return found


def by_coordinates(slicks: Sequence[SlickRecord]) -> Iterator[tuple[str, list[SlickRecord]]]:
    """Yield slicks by type of coordinates with a name suffix: "" for longitude and latitude, "_pixels" for pixels.

    A layer or file never mixes the two. A type without slicks is omitted, unless there are no slicks at all.
    """
    if not slicks:
        yield "", []
    ordered = sorted(slicks, key=lambda one: not one.on_ground)
    for on_ground, members in groupby(ordered, key=lambda one: one.on_ground):
        yield "" if on_ground else "_pixels", list(members)
