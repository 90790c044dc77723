"""Numbers in the address of a page: whoever typed them, they are ids or nothing."""

import streamlit as st

_DIGITS = 18
"""Databases know no id that is longer."""


def number_in(name: str) -> int | None:
    """Return the number that a query parameter holds; None without it, or if it can be no id."""
    return next(iter(numbers_in(name)), None)


def numbers_in(name: str) -> list[int]:
    """Return the numbers that a query parameter lists, comma by comma; what can be no id is left out."""
    parts = st.query_params.get(name, "").split(",")
    return [int(part) for part in parts if part.isascii() and part.isdecimal() and len(part) <= _DIGITS]
