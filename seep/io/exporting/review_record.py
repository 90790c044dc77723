"""Writes the review record of an export: who decided what about each tile, as JSON with its schema, and as a table."""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from seep.core.records import REVISION_KINDS, SPLITS, STATES
from seep.core.tile_states import REJECT_REASONS
from seep.io.exporting.slick_record import Value
from seep.io.exporting.staging import place_for
from seep.io.exporting.table import safe_cell

VERSION = 1
COLUMNS = (
    *("tile", "scene", "split", "state", "reject_reason"),
    *("author", "role", "saved_at", "checkpoint", "prediction", "correction_px"),
    *("revisions", "looking_s", "drawing_s", "deciding_s", "slicks"),
    *("second_annotator", "f1", "adjudication", "comments"),
)
"""Of `review_record.csv`; the values of one tile, `reject_reason` of a rejected one, `second_annotator` and those
after it of its newest second mask."""

_TEXT, _TIME = {"type": "string"}, {"type": "string", "format": "date-time"}
_COUNT = {"type": "integer", "minimum": 0}
_SECONDS = {"type": ["number", "null"], "minimum": 0}
_SHARE = {"type": ["number", "null"], "minimum": 0, "maximum": 1}


def _object(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of an object with exactly these properties."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": list(properties),
        "additionalProperties": False,
    }


def _list(items: Mapping[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": dict(items)}


def _or_null(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [dict(schema), {"type": "null"}]}


_REVISION = _object(
    {
        "id": _COUNT,
        "kind": {"enum": list(REVISION_KINDS)},
        "author": _TEXT,
        "role": {"enum": ["importer", "annotator", "reviewer", "second annotator", "adjudicator"]},
        "created_at": _TIME,
        "mask_sha256": _TEXT,
        "correction_px": _COUNT,
        "checkpoint": _or_null(_TEXT),
        "prediction": {"enum": ["unchanged", "changed", "none"]},
        "ground_truth": {"type": "boolean"},
    }
)
_DECISION = _object(
    {
        "decision": _TEXT,
        "author": _TEXT,
        "created_at": _TIME,
        "reason": {"enum": [*REJECT_REASONS, None]},
        "revision": _or_null(_COUNT),
    }
)
_COMMENT = _object(
    {
        "id": _COUNT,
        "reply_to": _or_null(_COUNT),
        "author": _TEXT,
        "created_at": _TIME,
        "text": _TEXT,
        "x": _or_null(_COUNT),
        "y": _or_null(_COUNT),
        "mentions": _list(_TEXT),
        "resolved_by": _or_null(_TEXT),
        "resolved_at": _or_null(_TIME),
    }
)
_SECOND_MASK = _object(
    {
        "first_revision": _COUNT,
        "second_revision": _COUNT,
        "first_author": _TEXT,
        "second_author": _TEXT,
        "finished_at": _TIME,
        "saw_prediction": {"type": "boolean"},
        "repeat": {"type": "boolean"},
        "agreement": _object(
            {
                **dict.fromkeys(("f1", "cldice", "slicks_found", "iou"), _SHARE),
                "kappa": {"type": ["number", "null"], "minimum": -1, "maximum": 1},
            }
        ),
        "adjudication": {"enum": ["first", "second", "both", "third", None]},
        "adjudicated_by": _or_null(_TEXT),
    }
)
_SLICK = _object(
    {
        "number": _COUNT,
        "class_id": _COUNT,
        "class_name": _TEXT,
        "area_px": _COUNT,
        "box": {"type": "array", "items": _COUNT, "minItems": 4, "maxItems": 4},
        "prediction": {"enum": ["unchanged", "changed", "added", "none"]},
        "in_second_mask": {"type": ["boolean", "null"]},
    }
)
_TILE = _object(
    {
        "name": _TEXT,
        "scene": _TEXT,
        "split": {"enum": list(SPLITS)},
        "state": {"enum": list(STATES)},
        "width": _COUNT,
        "height": _COUNT,
        "in_quality_sample": {"type": "boolean"},
        "assigned_to": _or_null(_TEXT),
        "head_revision": _or_null(_COUNT),
        "revisions": _list(_REVISION),
        "decisions": _list(_DECISION),
        "comments": _list(_COMMENT),
        "active_time": _object({"looking_s": _SECONDS, "drawing_s": _SECONDS, "deciding_s": _SECONDS}),
        "second_masks": _list(_SECOND_MASK),
        "slicks": _list(_SLICK),
    }
)
SCHEMA: dict[str, Any] = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "title": "Seep review record",
    **_object(
        {
            "format": {"const": "seep-review-record"},
            "version": {"const": VERSION},
            "created_at": _TIME,
            "classes": _list(_object({"id": _COUNT, "name": _TEXT})),
            "tiles": _list(_TILE),
        }
    ),
}
"""JSON Schema of `review_record.json`."""


def write_review_record(
    stage: Path, created_at: str, classes: Sequence[Mapping[str, Any]], tiles: Sequence[Mapping[str, Any]]
) -> None:
    """Write `review_record.json`, `review_record.schema.json` and `review_record.csv`.

    Args:
        created_at: ISO 8601, UTC.
        classes: each with `id` and `name`.
        tiles: as the schema says.
    """
    record = {
        "format": "seep-review-record",
        "version": VERSION,
        "created_at": created_at,
        "classes": list(classes),
        "tiles": list(tiles),
    }
    for name, content in (("review_record.json", record), ("review_record.schema.json", SCHEMA)):
        text = json.dumps(content, indent=1, ensure_ascii=False)
        place_for(stage, name).write_text(text, encoding="utf-8")
    with place_for(stage, "review_record.csv").open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        for tile in tiles:
            row = record_row(tile)
            writer.writerow([safe_cell(row[name]) for name in COLUMNS])


def record_row(tile: Mapping[str, Any]) -> dict[str, Value]:
    """Return the values of `COLUMNS` of a tile by name; None for unknown ones."""
    head: Mapping[str, Any] = next(
        (one for one in tile["revisions"] if one["id"] == tile["head_revision"]), {}
    )
    second = tile["second_masks"][0] if tile["second_masks"] else {}
    rejections = [one["reason"] for one in tile["decisions"] if one["decision"] == "rejected"]
    return {
        "tile": tile["name"],
        **{name: tile[name] for name in ("scene", "split", "state")},
        **{name: head.get(name) for name in ("author", "role", "checkpoint", "prediction", "correction_px")},
        "reject_reason": rejections[-1] if tile["state"] == "rejected" and rejections else None,
        "saved_at": head.get("created_at"),
        "revisions": len(tile["revisions"]),
        **tile["active_time"],
        "slicks": len(tile["slicks"]),
        "second_annotator": second.get("second_author"),
        "f1": second.get("agreement", {}).get("f1"),
        "adjudication": second.get("adjudication"),
        "comments": "; ".join(f"{one['author']}: {one['text']}" for one in tile["comments"]) or None,
    }
