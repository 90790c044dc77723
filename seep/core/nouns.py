"""Numbers with their nouns, for sentences that pages, reports and the command line share."""


def counted(count: int, noun: str) -> str:
    """Return a number with its noun: 1 tile, 2 tiles, 3 locked scenes."""
    return f"{count} {noun}{'' if count == 1 else 's'}"
