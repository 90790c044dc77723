"""Preview of an import: what a folder contains and how it will be read."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from seep.core.import_options import ImportOptions, RefusedFile
from seep.core.masks.classes import MAX_CLASSES
from seep.core.masks.palette import color_table
from seep.errors import ImageError, MaskError
from seep.io.archives import is_zip
from seep.io.decoding import Decoded, Request
from seep.io.folder_reader import ImportCandidate, find_candidates
from seep.io.header import ImageHeader
from seep.io.sandbox import SANDBOX
from seep.workflow.classes import get_classes
from seep.workflow.imports.importer import band_notes
from seep.workflow.workspace import Workspace

SAMPLE_FILES = 12
"""Number of files that a preview reads, spread over the folder."""
MAX_MASK_BYTES = 16 * 2**20
"""A preview does not read larger masks."""
_READERS = 4


@dataclass(frozen=True)
class ImportPreview:
    """Content of a folder, from all file names and a sample of the files.

    Attributes:
        files: number of files to import; 0 for a zip, which is not unpacked for a preview.
        scenes: names of their scenes, in order.
        with_mask: number of files with a mask.
        headers: of the readable files in the sample.
        refused: unreadable files in the sample.
        nodata: nodata values in the sample, most frequent first; None stands for no such value.
        large: number of files in the sample that become windows.
        class_ids: class ids in the masks of the sample, in order.
        notes: warnings, one sentence each.
    """

    files: int
    scenes: list[str] = field(default_factory=list)
    with_mask: int = 0
    headers: list[ImageHeader] = field(default_factory=list)
    refused: list[RefusedFile] = field(default_factory=list)
    nodata: list[float | None] = field(default_factory=list)
    large: int = 0
    class_ids: list[int] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def preview_import(
    workspace: Workspace, images: Path, masks: Path | None, options: ImportOptions
) -> ImportPreview:
    """Read a sample of the files of an import, in sandbox processes.

    Args:
        workspace: its classes give the colors of masks.
        images: folder of images, one image, or a zip.
        masks: folder of masks or annotations; None for none.
        options: how to read them.

    Raises:
        ImportRefusedError: a folder is missing or empty, or no mask has the name of an image.
        MaskError: annotations cannot be read.
        SettingsError: invalid options.
    """
    if images.is_file() and is_zip(images):
        return ImportPreview(0)
    classes = get_classes(workspace)
    options = replace(options, class_count=MAX_CLASSES, colors=options.colors or color_table(classes))
    candidates = find_candidates(images, masks, options, SANDBOX.read_shapes)
    sample = candidates[:: -(-len(candidates) // SAMPLE_FILES)]
    with ThreadPoolExecutor(_READERS) as pool:
        results = list(pool.map(lambda one: _read(one, options), sample))
    decoded = [one for one in results if isinstance(one, Decoded)]
    ids = {int(value) for one in decoded if one.mask is not None for value in np.unique(one.mask)}
    return ImportPreview(
        files=len(candidates),
        scenes=sorted({one.position.scene for one in candidates}),
        with_mask=sum(1 for one in candidates if one.mask_path or one.shapes),
        headers=[one.header for one in decoded],
        refused=[
            RefusedFile(candidate.path, str(one))
            for candidate, one in zip(sample, results, strict=True)
            if isinstance(one, Exception)
        ],
        nodata=[value for value, _ in Counter(one.nodata for one in decoded).most_common()],
        large=sum(1 for one in decoded if one.large),
        class_ids=sorted(ids),
        notes=[
            *band_notes(workspace, (one.header.bands for one in decoded)),
            *(note for one in candidates for note in (one.problem, *one.notes) if note),
            *(note for one in decoded for note in one.notes),
        ],
    )


def _read(candidate: ImportCandidate, options: ImportOptions) -> Decoded | Exception:
    mask = candidate.mask_path
    try:
        if mask is not None and mask.stat().st_size > MAX_MASK_BYTES:
            mask = None
        return SANDBOX.decode(Request(candidate.path, mask, options))
    except (ImageError, MaskError) as error:
        return error
    except OSError as error:
        return MaskError(f"{candidate.path.name} or its mask cannot be read: {error.strerror or error}.")
