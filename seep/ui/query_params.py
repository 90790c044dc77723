"""Ids in the URL of a page."""

import streamlit as st

MAX_DIGITS = 18
"""No id of the database is longer."""


def number_in(name: str) -> int | None:
    """Return the id in a query parameter; None if it is missing or not a number."""
    return next(iter(numbers_in(name)), None)


def numbers_in(name: str) -> list[int]:
    """Return the ids in a query parameter, separated by commas; other values are left out."""
    parts = st.query_params.get(name, "").split(",")
    return [int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) <= MAX_DIGITS]
