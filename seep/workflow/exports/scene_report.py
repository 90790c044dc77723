"""Scene reports: facts, pictures and slicks of a scene as one HTML file."""

import base64
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from seep.core.files import write_atomic
from seep.core.geo.grid import Window
from seep.core.image.arrays import ByteImage
from seep.core.image.downsample import mean_reduced, to_picture
from seep.core.masks.classes import SeepClass
from seep.core.masks.mask import Mask, mask_reduced, overlay
from seep.core.records import STATES, SceneRecord, TileRecord
from seep.errors import ImageError, MissingError
from seep.io.exporting.pdf import pdf_of
from seep.io.exporting.slick_record import SlickRecord
from seep.io.reports.scene_page import ClassTotal, Figure, ScenePage, render_scene_page
from seep.store import scenes
from seep.workflow.classes import get_classes
from seep.workflow.exports.review_columns import ReviewColumns
from seep.workflow.exports.review_record import tile_records
from seep.workflow.exports.slick_measurements import measured_slicks
from seep.workflow.scenes.layout import Layout, layout, paste, read_picture
from seep.workflow.scenes.mosaics import Mosaic, MosaicReader, build_mosaics
from seep.workflow.workspace import Workspace

MAP_PX = 1600
FIGURES = 12
FIGURE_PX = 320
MAX_FIGURE_PX = 4096
"""Maximum side of the part of a scene in the picture of a slick, pixels of the scene."""

_OPACITY, _MAP_OPACITY = 0.6, 0.9
_PAPER = 238  # gray value outside the tiles, light for printing
_QUALITY = [cv2.IMWRITE_JPEG_QUALITY, 85]
_METHOD = (
    "Areas and lengths are geodesic, on WGS 84. Length is the length of the center line, and width the mean "
    "width across it. Contrast is the mean backscatter relative to the sea 2 to 10 pixels around; it is "
    "negative for dark slicks. Probability is the mean predicted probability of seep."
)

OnProgress = Callable[[int, int, str], None]


def write_report(
    workspace: Workspace,
    scene_name: str,
    path: Path,
    on_progress: OnProgress | None = None,
    *,
    record: bool = False,
) -> int:
    """Write the report of a scene, with the newest mask of each tile, else its prediction.

    Args:
        path: of the HTML file; an existing file is replaced. With the suffix .pdf, Chromium prints it as PDF.
        on_progress: called with (done, total, text).
        record: add a page with the review record, which names people.

    Returns:
        Number of slicks in the report.

    Raises:
        MissingError: there is no such scene.
        SettingsError: a PDF without Chromium.
        StorageError: the file cannot be written.
    """
    with workspace.store.reading() as session:
        scene = next((one for one in scenes.list_scenes(session) if one.name == scene_name), None)
        if scene is None:
            raise MissingError(f"This workspace has no scene {scene_name!r}. Choose another scene.")
        tiles = scenes.tiles_of_scene(session, scene.id)
    mosaics = build_mosaics(workspace, tiles)
    review = ReviewColumns(workspace, tile_records(workspace, mosaics)) if record else None
    text, count = scene_report(workspace, scene, mosaics, on_progress, review)
    write_atomic(path, pdf_of(text) if path.suffix.lower() == ".pdf" else text.encode())
    return count


def scene_report(
    workspace: Workspace,
    scene: SceneRecord,
    mosaics: Sequence[Mosaic],
    on_progress: OnProgress | None = None,
    review: ReviewColumns | None = None,
) -> tuple[str, int]:
    """Return the report of a scene as HTML, and the number of slicks in it.

    Args:
        mosaics: of its tiles, at least one.
        on_progress: called with (done, total, text).
        review: for a page of the review record; None for none.
    """
    classes = get_classes(workspace)
    names = {seep_class.id: seep_class.name for seep_class in classes}
    readers = {mosaic.name: MosaicReader(workspace, mosaic) for mosaic in mosaics}
    found: list[SlickRecord] = []
    for done, reader in enumerate(readers.values()):
        found += measured_slicks(reader, names)
        if on_progress:
            on_progress(done + 1, len(mosaics), f"slicks of {reader.mosaic.name}")
    found.sort(key=lambda one: -one.area_px)
    found = [replace(one, number=number) for number, one in enumerate(found, 1)]
    colors = {seep_class.id: seep_class.color for seep_class in classes}
    laid = layout(workspace, scene.id)
    largest = found[:FIGURES]
    page = ScenePage(
        scene=scene.name,
        facts=_facts(scene, mosaics, found),
        totals=_totals(found, classes),
        map_picture=_map(workspace, laid, readers, largest, colors),
        map_note=_map_note(laid, len(largest)),
        figures=[_figure(laid, readers[one.image], one, colors) for one in largest],
        slicks=found,
        review=[] if review is None else [row for one in mosaics for row in review.rows(one.tiles)],
        notes=[_METHOD, *sorted({why for one in readers.values() for why in one.unreadable.values()})],
    )
    return render_scene_page(page), len(found)


def _facts(scene: SceneRecord, mosaics: Sequence[Mosaic], slicks: Sequence[SlickRecord]) -> dict[str, str]:
    laid = [one for mosaic in mosaics for one in mosaic.tiles]
    states = Counter(one.tile.state for one in laid)
    authors = Counter(one.author or "prediction" for one in laid if one.mask_sha256)
    saved = sorted(one.saved_at for one in laid if one.saved_at)
    checkpoints = sorted({one.checkpoint for one in laid if one.checkpoint})
    facts = {
        "Slicks": f"{len(slicks)}",
        "Tiles": ", ".join(f"{states[name]} {name}" for name in STATES if states[name]),
        "Masks by": ", ".join(f"{name} ({count})" for name, count in authors.most_common()),
        "Predicted by": ", ".join(checkpoints),
        "Masks saved": " to ".join(dict.fromkeys(_time(one) for one in (saved[0], saved[-1])))
        if saved
        else "",
        "Acquired": _time(scene.acquired_at) if scene.acquired_at else "",
        "Split": scene.split,
        "Georeference": _ground(mosaics[0]) if mosaics else "",
        "Report created": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
    }
    return {name: text for name, text in facts.items() if text}


def _ground(mosaic: Mosaic) -> str:
    place = mosaic.georeference
    if place is None:
        return "none; sizes are in pixels"
    size = place.pixel_size_m(mosaic.width / 2, mosaic.height / 2)
    if size is None:
        return "unknown coordinate system"
    longitude, latitude = place.lonlat([mosaic.width / 2], [mosaic.height / 2])
    return f"pixels of {size[0]:.1f} x {size[1]:.1f} m, center {latitude[0]:.3f}, {longitude[0]:.3f}"


def _time(text: str) -> str:
    return text[:16].replace("T", " ") + " UTC"


def _totals(slicks: Sequence[SlickRecord], classes: Sequence[SeepClass]) -> list[ClassTotal]:
    found = []
    for seep_class in classes:
        mine = [slick for slick in slicks if slick.class_id == seep_class.id]
        if mine:
            areas = [slick.area_km2 for slick in mine if slick.area_km2 is not None]
            lengths = [slick.length_km for slick in mine if slick.length_km is not None]
            area_px = sum(slick.area_px for slick in mine)
            found.append(
                ClassTotal(
                    seep_class.name,
                    seep_class.color,
                    len(mine),
                    area_px,
                    sum(areas) if areas else None,
                    sum(lengths) if lengths else None,
                )
            )
    return found


def _map(
    workspace: Workspace,
    laid: Layout,
    readers: Mapping[str, MosaicReader],
    largest: Sequence[SlickRecord],
    colors: dict[int, str],
) -> str:
    """Draw the downsampled scene; each square shows its highest class id, so thin slicks stay visible."""
    factor = 1
    while max(laid.height, laid.width) > MAP_PX * factor:
        factor *= 2
    shape = (-(-laid.height // factor), -(-laid.width // factor))
    gray, mask = np.zeros(shape, np.uint8), np.zeros(shape, np.uint8)
    for reader in readers.values():
        for tile in reader.mosaic.tiles:
            x, y = (at // factor for at in laid.places[tile.tile.id])
            paste(_picture(workspace, laid, tile.tile, factor), gray, x, y)
            tile_mask = reader.tile_mask(tile)
            if tile_mask is not None:
                paste(mask_reduced(tile_mask, factor), mask, x, y)
    drawn = overlay(gray, mask, colors, _MAP_OPACITY)
    drawn[(gray == 0) & (mask == 0)] = _PAPER
    for slick in largest:
        x, y = _corner(laid, readers[slick.image].mosaic)
        _write_number(drawn, slick.number, (x + slick.x) / factor, (y + slick.y) / factor)
    x, y, width, height = cv2.boundingRect(gray | mask)
    return _data_url(drawn[y : y + height, x : x + width] if width else drawn)


def _picture(workspace: Workspace, laid: Layout, tile: TileRecord, factor: int) -> ByteImage:
    x, y = laid.places[tile.id]
    try:
        return read_picture(workspace, laid, Window(x, y, tile.width, tile.height), factor)
    except ImageError:  # the map has a gap, and a note gives the reason
        return np.zeros((1, 1), np.uint8)


def _corner(laid: Layout, mosaic: Mosaic) -> tuple[int, int]:
    """Return the position of a mosaic on the map, in pixels of the scene."""
    first = mosaic.tiles[0]
    x, y = laid.places[first.tile.id]
    return x - first.x, y - first.y


def _write_number(picture: Mask, number: int, x: float, y: float) -> None:
    at = (round(x) + 4, round(y) - 4)
    for color, width in (((0, 0, 0), 3), ((255, 255, 255), 1)):
        cv2.putText(picture, str(number), at, cv2.FONT_HERSHEY_SIMPLEX, 0.5, color, width, cv2.LINE_AA)


def _map_note(laid: Layout, numbered: int) -> str:
    where = "" if laid.placed else " The positions of the tiles are unknown; they are arranged by number."
    return f"The scene with its slicks, at least one pixel wide. The {numbered} largest are numbered.{where}"


def _figure(laid: Layout, reader: MosaicReader, slick: SlickRecord, colors: dict[int, str]) -> Figure:
    mosaic, box = reader.mosaic, slick.box
    side = min(max(round(1.3 * max(box.width, box.height)), 64), MAX_FIGURE_PX)
    whole = side < MAX_FIGURE_PX
    middle_x, middle_y = (box.x + box.width / 2, box.y + box.height / 2) if whole else (slick.x, slick.y)
    x = int(np.clip(middle_x - side / 2, 0, max(0, mosaic.width - side)))
    y = int(np.clip(middle_y - side / 2, 0, max(0, mosaic.height - side)))
    window = Window(x, y, min(side, mosaic.width - x), min(side, mosaic.height - y))
    factor = 1
    while side > FIGURE_PX * 2 * factor:
        factor *= 2
    pixels, measured = reader.pixels(window)
    gray = to_picture(np.where(measured, pixels, np.nan), None, laid.limits)
    small = mean_reduced(gray, factor)
    marked = overlay(small, mask_reduced(reader.mask(window), factor), colors, _OPACITY)
    return Figure(slick, _data_url(np.repeat(small[:, :, np.newaxis], 3, axis=2)), _data_url(marked))


def _data_url(picture: Mask) -> str:
    done, data = cv2.imencode(".jpg", picture[:, :, ::-1], _QUALITY)
    assert done  # encoding a uint8 array in memory cannot fail
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode()
