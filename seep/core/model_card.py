"""The schema of a model card: what may be in the JSON of a checkpoint, and of a row of the database.

A card can come from anybody. Pages read its values without checks of their own, so a card that does not fit the
schema is never stored, and a stored one that does not fit is treated as empty.
"""

import json
import struct
from collections.abc import Mapping
from typing import Annotated, Any, BinaryIO

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from seep.core.masks.classes import MAX_CLASSES
from seep.core.records import current_split
from seep.core.text import is_printable, number

MAX_HEADER_BYTES = 10_000_000
"""Largest header of a checkpoint file."""
MAX_CARD_BYTES = 64 * 1024
"""Largest card, as JSON."""
MAX_NAME = 80
MAX_TEXT = 8000
MAX_SCENES = 2000
MAX_FEATURES = 100
_MAX_DEPTH = 5


def _printable(text: str) -> str:
    if not is_printable(text):
        raise ValueError("has control characters or undecodable bytes")
    return text


def _printable_text(text: str) -> str:
    for line in text.split("\n"):
        _printable(line)
    return text


def _values(value: Any, depth: int = 0) -> Any:
    if depth > _MAX_DEPTH:
        raise ValueError(f"is nested deeper than {_MAX_DEPTH} levels")
    if isinstance(value, str):
        _printable_text(value)
    for one in (
        [*value, *value.values()] if isinstance(value, dict) else value if isinstance(value, list) else ()
    ):
        _values(one, depth + 1)
    return value


_Name = Annotated[str, Field(min_length=1, max_length=MAX_NAME), AfterValidator(_printable)]
_Text = Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(_printable_text)]
_Scalar = bool | int | float | _Text | None
_Number = Annotated[float, Field(allow_inf_nan=False)]
_Values = Annotated[Any, AfterValidator(_values)]
_Scenes = Annotated[list[_Name], Field(max_length=MAX_SCENES)]


class _Classes(BaseModel):
    model_config = ConfigDict(strict=True)

    count: Annotated[int, Field(ge=2, le=MAX_CLASSES)] | None = None
    names: Annotated[list[_Name], Field(max_length=MAX_CLASSES)] = []


class _SlickHead(BaseModel):
    model_config = ConfigDict(strict=True)

    threshold: _Number
    features: Annotated[list[_Name], Field(max_length=MAX_FEATURES)]
    examples: int | None = None
    classes: int | None = None


class _Card(BaseModel):
    """Keys that Seep reads; other keys are allowed and ignored."""

    model_config = ConfigDict(strict=True)

    name: _Name | None = None
    architecture: dict[_Name, _Scalar] = {}
    normalization: _Text | None = None
    threshold: _Number | None = None
    temperature: _Number | None = None
    image_threshold: _Number | None = None
    least_px: _Number | None = None
    wide_radius_px: _Number | None = None
    dark_area_depth: _Number | None = None
    scales: list[_Number] | None = None
    scales_above_grain: _Number | None = None
    class_offsets: list[_Number] | None = None
    slick_head: _SlickHead | None = None
    flips: bool | None = None
    classes: _Classes = _Classes()
    parent: _Name | None = None
    created: _Name | None = None
    data: _Values = None
    splits: dict[_Name, _Scenes] | None = None
    figures: dict[_Name, dict[str, Any] | None] | None = None
    training: _Values = None
    limits: _Values = None


def card_problem(card: object) -> str | None:
    """Return what is wrong with a card, as a short phrase; None if it fits the schema."""
    if not isinstance(card, Mapping):
        return "it is not an object"
    try:
        size = len(json.dumps(card, allow_nan=False).encode("utf-8", "surrogatepass"))
    except (TypeError, ValueError, RecursionError):
        return "it has numbers that are not finite"
    if size > MAX_CARD_BYTES:
        return f"it has {number(size)} bytes, the limit is {number(MAX_CARD_BYTES)}"
    try:
        _Card.model_validate(card)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return f"{first['loc'][0]}: {first['msg']}"
    return None


def fitted_card(card: Mapping[str, Any]) -> dict[str, Any]:
    """Return a card without its longest lists where it is over the limit: revisions, then metrics per scene."""
    fitted = json.loads(json.dumps(card))
    if len(json.dumps(fitted)) > MAX_CARD_BYTES and isinstance(fitted.get("data"), dict):
        fitted["data"].pop("revisions", None)
    if len(json.dumps(fitted)) > MAX_CARD_BYTES and isinstance(fitted.get("figures"), dict):
        for figures in fitted["figures"].values():
            if isinstance(figures, dict):
                figures.pop("per_scene", None)
    return dict(fitted)


def read_header(file: BinaryIO) -> dict[str, Any]:
    """Read the header of a safetensors file: 8 bytes with its length, then JSON.

    Raises:
        ValueError: it has no such header.
    """
    try:
        (length,) = struct.unpack("<Q", file.read(8))
        text = file.read(min(length, MAX_HEADER_BYTES))
        if len(text) < length:
            raise ValueError(f"a header of {length} bytes")
        header = json.loads(text)
    except (struct.error, RecursionError) as error:
        raise ValueError(str(error)) from error
    if not isinstance(header, dict):
        raise ValueError("the header is no object")
    return header


def card_in_header(header: Mapping[str, Any]) -> dict[str, Any]:
    """Return the card that the header of a checkpoint contains; cards of older versions in today's terms.

    Raises:
        KeyError, TypeError, ValueError, RecursionError: there is none.
    """
    card = dict(json.loads(header["__metadata__"]["card"]))
    if "normalisation" in card:  # spelling in cards before version 0.2
        card["normalization"] = card.pop("normalisation")
    for key in ("splits", "figures"):  # the name of the test split in cards up to version 0.1
        by_split = card.get(key)
        if isinstance(by_split, dict) and "locked" in by_split:
            card[key] = {current_split(split): values for split, values in by_split.items()}
    return card
