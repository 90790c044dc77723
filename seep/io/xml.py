"""Parses XML files from outside, without entities and up to a maximum size."""

from pathlib import Path
from xml.etree import ElementTree

from seep.errors import ImageError

MAX_BYTES = 256 * 2**20


def parse_xml(path: Path, data: bytes | None = None) -> ElementTree.Element:
    """Parse an XML file.

    Args:
        data: content of the file, if it was read already.

    Raises:
        ImageError: the file cannot be read, is not XML, is too large, or has a DOCTYPE, which could expand it to
            gigabytes.
    """
    try:
        if data is None:
            if path.stat().st_size > MAX_BYTES:
                raise ImageError(f"{path.name} has more than {MAX_BYTES >> 20} MB of XML. Split it.")
            data = path.read_bytes()
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data or b"\0" in data:
            raise ImageError(
                f"{path.name} has a DOCTYPE or is not UTF-8. Save it as UTF-8 without a DOCTYPE."
            )
        return ElementTree.fromstring(data)  # noqa: S314 - no DOCTYPE, so no entities
    except OSError as error:
        raise ImageError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError) as error:
        raise ImageError(f"{path.name} is not valid XML ({str(error)[:80]}). Export it again.") from error
