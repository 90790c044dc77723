"""Report on a place to print: map, table of sites, and contact sheets."""

import base64
from collections.abc import Mapping, Sequence

import cv2
import numpy as np

from seep.core.image.arrays import ByteImage
from seep.core.sites.causes import CAUSES, CauseDecision
from seep.core.text import conditions_text, wind_text
from seep.io.reports.html import render_html
from seep.workflow.exports.place_tables import Row, drift_text, nearest_text, position_text, rate_texts
from seep.workflow.places.evidence import PlaceSites, SiteEvidence
from seep.workflow.places.pass_pictures import Square, pass_picture
from seep.workflow.places.place_data import Pass
from seep.workflow.reference_layers import ReferenceRow, References
from seep.workflow.workspace import Workspace

SHEET_PX = 160
MAP_PX = 1000
MAX_SHEETS = 100
REFERENCE_COLORS = ("#6b3fb0", "#202020", "#c22727", "#0b7fa6", "#8a5a12", "#c0188a", "#3545d6", "#5d6b45")
"""By number of the layer, on white; the maps in the browser have brighter ones on dark gray."""

_STOPS = ((86, 120, 214), (52, 152, 190), (45, 178, 140), (125, 200, 90), (214, 214, 70), (250, 175, 60))


def date_colors(found: PlaceSites) -> list[str]:
    """One color per pass, from the first date (blue) to the last one (orange), as on the Sites page."""
    count = len(found.data.passes)
    stops = np.array(_STOPS, float)
    at = np.linspace(0, len(stops) - 1, count) if count > 1 else np.array([2.5])
    mixed = np.stack([np.interp(at, range(len(stops)), stops[:, band]) for band in range(3)], axis=1)
    return ["#" + "".join(f"{round(value):02x}" for value in color) for color in mixed]


def place_report(
    workspace: Workspace,
    found: PlaceSites,
    rows: Sequence[Row],
    references: References,
    causes: Mapping[tuple[int, int], CauseDecision],
) -> str:
    """Return the report as one HTML file that loads nothing."""
    data = found.data
    colors = date_colors(found)
    radius = f"{data.radius_px:.0f} px" if data.pixel_m is None else f"{data.radius_px * data.pixel_m:.0f} m"
    largest = sorted(found.sites, key=lambda one: (-one.n, one.number))[:MAX_SHEETS]
    shown = sorted(largest, key=lambda one: one.number)
    times = [one.scene.acquired_at[:10] for one in data.passes if one.scene.acquired_at]

    def cards(site: SiteEvidence) -> list[dict[str, str]]:
        return [
            _card(workspace, found, site, one, color=color, causes=causes)
            for one, color in zip(data.passes, colors, strict=True)
            if one.scene.id in site.covering
        ]

    return render_html(
        "site_report.html",
        title=f"Seep sites of {data.place.name}",
        facts={
            "Sites": len(found.sites),
            "Slicks": sum(len(one.slicks) for one in data.passes),
            "Passes": len(data.passes),
            "Acquired": f"{times[0]} to {times[-1]}" if times else "unknown; passes in the order of their names",
            "Radius of a site": radius,
        },
        map_picture=_data_url(_map(found, colors, references)),
        dates=[(one.scene.acquired_at or one.scene.name)[:10] for one in data.passes],
        colors=colors,
        rows=rows,
        scores={row["site"]: row["score_terms"] for row in rows},
        rates={one.number: rate_texts(one) for one in found.sites},
        positions={one.number: position_text(one) for one in found.sites},
        drifts={one.number: drift_text(one) for one in found.sites},
        passes=[
            (
                one.scene.acquired_at or "",
                one.scene.name,
                len(one.slicks),
                wind_text(one.scene.wind_ms, one.scene.wind_from_deg),
            )
            for one in data.passes
        ],
        layers=references.names,
        paths=any(row["paths_known"] is not None for row in rows),
        depths=any(row["depth_m"] is not None for row in rows),
        layer_colors=[_layer_color(row) for row in references.rows],
        nearest={one.number: [nearest_text(two) for two in references.nearest(one.x, one.y)] for one in found.sites},
        sheets=[(site, cards(site)) for site in shown],
    )  # fmt: skip


def _map(found: PlaceSites, colors: Sequence[str], references: References) -> ByteImage:
    left, top, right, bottom = found.data.bounds
    scale = MAP_PX / max(right - left, bottom - top, 1)
    drawn = np.full(
        (max(1, round((bottom - top) * scale)), max(1, round((right - left) * scale)), 3), 255, np.uint8
    )
    origin = np.array([left, top])
    for one, color in zip(found.data.passes, colors, strict=True):
        rings = [
            np.asarray((ring - origin) * scale, np.int32)
            for slick in one.slicks
            for ring in one.outlines(slick)
        ]
        cv2.polylines(drawn, rings, True, _bgr(color), 1, cv2.LINE_AA)
    for row in references.rows:
        for part in row["parts"]:
            points = np.clip((np.reshape(part, (-1, 2)) - origin) * scale, -30_000, 30_000).astype(np.int32)
            if len(points) > 1:
                cv2.polylines(drawn, [points], False, _bgr(_layer_color(row)), 1, cv2.LINE_AA)
            else:
                cv2.drawMarker(drawn, points[0].tolist(), _bgr(_layer_color(row)), cv2.MARKER_SQUARE, 9, 2)
    for site in found.sites:
        at = (round((site.x - left) * scale), round((site.y - top) * scale))
        water = references.water(site.x, site.y)
        if water and found.data.pixel_m:
            radius = round(water["search_radius_m"] / found.data.pixel_m * scale)
            cv2.circle(drawn, at, radius, (160, 160, 160), 1, cv2.LINE_AA)
        cv2.circle(drawn, at, 4 + site.n, (40, 40, 40), 1, cv2.LINE_AA)
        cv2.putText(
            drawn,
            str(site.number),
            (at[0] + 5 + site.n, at[1] + 4),
            cv2.FONT_HERSHEY_SIMPLEX,
            0.4,
            (0, 0, 0),
            1,
            cv2.LINE_AA,
        )
    return drawn


def _card(
    workspace: Workspace,
    found: PlaceSites,
    site: SiteEvidence,
    one: Pass,
    *,
    color: str,
    causes: Mapping[tuple[int, int], CauseDecision],
) -> dict[str, str]:
    side = max(120.0, 3 * found.data.radius_px)
    square = Square(site.x - side / 2, site.y - side / 2, side)
    gray = pass_picture(workspace, one.scene.id, square, SHEET_PX)
    plain = np.repeat(gray[:, :, np.newaxis], 3, axis=2)
    marked = plain.copy()
    scale, origin = SHEET_PX / side, np.array([square.x, square.y])
    rings = [
        np.asarray((ring - origin) * scale, np.int32) for slick in one.slicks for ring in one.outlines(slick)
    ]
    cv2.polylines(marked, rings, True, _bgr(color), 1, cv2.LINE_AA)
    cv2.circle(marked, (SHEET_PX // 2, SHEET_PX // 2), 6, (255, 255, 255), 1, cv2.LINE_AA)
    own = [slick for slick in site.slicks if slick.scene_id == one.scene.id]
    decided = [CAUSES[causes[key].cause] for slick in own if (key := (slick.scene_id, slick.slick)) in causes]
    point = np.array([[site.x, site.y]], np.float64)
    unknown = "no mask" if one.wind_usable(point)[0] else "wind unusable"
    found_there = (
        ", ".join(["slick", *decided]) if own else "none" if one.scene.id in site.examined else unknown
    )
    date = (one.scene.acquired_at or one.scene.name)[:10]
    return {
        "plain": _data_url(plain),
        "marked": _data_url(marked),
        "label": f"{date}, {found_there}",
        "conditions": conditions_text(
            one.scene.wind_ms,
            one.scene.wind_from_deg,
            one.incidence_deg(site.x, site.y),
            one.image_winds_ms(point)[0],
        ),
    }


def _layer_color(row: ReferenceRow) -> str:
    return REFERENCE_COLORS[row["number"] % len(REFERENCE_COLORS)]


def _bgr(color: str) -> tuple[int, int, int]:
    return int(color[5:7], 16), int(color[3:5], 16), int(color[1:3], 16)


def _data_url(picture: ByteImage) -> str:
    done, data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])
    assert done  # encoding a uint8 array in memory cannot fail
    return "data:image/jpeg;base64," + base64.b64encode(data.tobytes()).decode()
