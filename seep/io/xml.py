"""XML from outside: parsed without entities, within a size."""

from pathlib import Path
from xml.etree import ElementTree

from seep.errors import ImageError

LARGEST_BYTES = 256 * 2**20


def parse_xml(path: Path, data: bytes | None = None) -> ElementTree.Element:
    """Parse an XML file.

    Args:
        path: of the file; names it in messages.
        data: its content, where it was read already.

    Raises:
        ImageError: it cannot be read, is no XML, too large, or declares a DOCTYPE, by which a small file can
            become gigabytes.
    """
    try:
        if data is None:
            if path.stat().st_size > LARGEST_BYTES:
                raise ImageError(
                    f"{path.name} has more than {LARGEST_BYTES >> 20} MB of XML; cut it into parts."
                )
            data = path.read_bytes()
        if b"<!DOCTYPE" in data or b"<!ENTITY" in data or b"\0" in data:
            raise ImageError(
                f"{path.name} declares a DOCTYPE or is not UTF-8; save it as plain XML without one."
            )
        return ElementTree.fromstring(data)  # noqa: S314 - no DOCTYPE, so no entities
    except OSError as error:
        raise ImageError(f"{path.name} cannot be read: {error.strerror or error}. Check it.") from error
    except (ElementTree.ParseError, ValueError, LookupError, RecursionError) as error:
        raise ImageError(f"{path.name} is no XML ({str(error)[:80]}). Export it again.") from error
