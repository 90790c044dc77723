"""Imports cases into a workspace, and compares the masks that come in with independent readers."""

import contextlib
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.fuzzing import tiffs
from benchmarks.fuzzing.annotations import IMAGE, write_annotations
from benchmarks.fuzzing.cases import ANNOTATIONS, ARCHIVES, CLASS_LISTS, CONTAINERS, IMAGES, MASKS, SETS, Case
from benchmarks.fuzzing.containers import write_container
from benchmarks.fuzzing.referee import Referee
from benchmarks.fuzzing.watch import processor_s
from seep.core.import_options import ImportOptions
from seep.errors import SeepError
from seep.io.class_files import read_class_file
from seep.io.sandbox import SANDBOX
from seep.settings import read_settings
from seep.store import tile_queries
from seep.workflow import tile_data
from seep.workflow.actor import Actor
from seep.workflow.imports import file_results, importer
from seep.workflow.workspace import open_workspace

OPTIONS = ImportOptions(masks_again=True, boxes_as_areas=True)
_OUTSIDE = Path("/tmp/seep-fuzz-outside.tif")


@dataclass(frozen=True)
class Expected:
    """A mask that may come in: of which tile, from which file, and how an independent reader finds it."""

    case: Case
    tile: str
    file: Path
    member: str


@dataclass(frozen=True)
class Source:
    """What one import reads, and the masks that may come in."""

    images: Path
    masks: Path | None
    expected: tuple[Expected, ...] = ()


class Feeder:
    """Imports cases into one workspace while a `with` lasts, and counts what becomes of them."""

    def __init__(self, scratch: Path, limit_s: float) -> None:
        self.counts: Counter[str] = Counter()
        self.kept: list[tuple[int, str, str]] = []
        self.slowest_s = 0.0
        self._scratch, self._limit_s = scratch, limit_s
        self._referee = Referee()
        self._by_stem: dict[str, Case] = {}

    def __enter__(self) -> "Feeder":
        file_results.READERS = 1  # one file at a time, so that its time can be told
        root = self._scratch / "workspace"
        self._workspace = open_workspace(read_settings({"SEEP_WORKSPACE": str(root), "SEEP_USER": "fuzz"}))
        self._referee.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._referee.__exit__()
        self._workspace.store.close()

    def feed(self, cases: list[Case]) -> None:
        """Import cases, each once."""
        deaths, unexpected = SANDBOX.deaths, SANDBOX.unexpected
        self.counts["cases"] += len(cases)
        sources = list(_sources(cases, self._scratch))
        self._by_stem = {one.stem: one for one in cases}
        before = self._files()
        for source in sources:
            self._import(source)
        for one in cases:
            if one.kind in CLASS_LISTS:
                self._read_classes(one)
        self.counts["died"] += SANDBOX.deaths - deaths
        self.counts["unexpected"] += SANDBOX.unexpected - unexpected
        self.counts["outside"] += len(self._files() - before) + _OUTSIDE.exists()

    def _import(self, source: Source) -> None:
        last = processor_s()

        def tell(_done: int, _total: int, name: str) -> None:
            nonlocal last
            now = processor_s()
            self._note_time(now - last, name)
            last = now

        with self._told(str(source.masks or source.images)):
            before = self._heads(source)
            found = importer.import_folder(
                self._workspace,
                source.images,
                source.masks,
                OPTIONS,
                Actor("fuzz", "admin"),
                on_progress=tell,
            )
            self.counts += Counter(
                imported=found.imported, known=found.skipped, refused=len(found.refused), masks=found.masks
            )
            for one in found.refused:
                self._note_refusal(one.reason, one.path.name)
            after = self._heads(source)
            unsure = any(
                self._referee.has_class_ids(one.case.kind, one.file, OPTIONS.class_count)
                for one in source.expected
                if one.case.kind in MASKS
            )
            for expected in source.expected:
                head = after.get(expected.tile)
                if head is not None and head != before.get(expected.tile):
                    self._compare(expected, head, found.notes, unsure)
        self._note_time(processor_s() - last, source.images.name)

    def _heads(self, source: Source) -> dict[str, int | None]:
        names = [one.tile for one in source.expected]
        with self._workspace.store.reading() as session:
            ids = list(tile_queries.ids_by_name(session, names).values())
            return {one.name: one.head_revision_id for one in tile_queries.tiles_by_id(session, ids)}

    def _compare(self, expected: Expected, head: int, notes: Sequence[str], unsure: bool) -> None:
        if any(f" of {expected.file.name} " in one and "damaged" in one for one in notes):
            self.counts["partial"] += 1
            return
        mask = tile_data.revision_mask(self._workspace, head)
        verdict, reason = self._referee.judge(
            expected.case.kind, expected.file, expected.member, mask, unsure
        )
        self.counts[verdict] += 1
        if verdict != "confirmed":
            self.kept.append((expected.case.number, expected.case.kind, f"{verdict} {reason}".strip()))

    def _read_classes(self, one: Case) -> None:
        path = self._scratch / one.name
        path.write_bytes(one.data)
        with self._told(one.name):
            self.counts["classes"] += bool(read_class_file(path))
        path.unlink()

    @contextlib.contextmanager
    def _told(self, name: str) -> Iterator[None]:
        """Count an error: a sentence, or none."""
        try:
            yield
        except SeepError as error:
            if not str(error).strip().endswith((".", ")")):
                self.counts["untyped"] += 1
            self.counts["refused_sources"] += 1
            self._note_refusal(str(error), name)
        except Exception as error:
            print(f"untyped: {name}: {type(error).__name__}: {error}", file=sys.stderr)
            self.counts["untyped"] += 1

    def _note_refusal(self, reason: str, name: str) -> None:
        if "SEEP_READ_SECONDS" in reason:
            self.counts["hung"] += 1
            print(f"hung: {name}: {reason}", file=sys.stderr)
        if re.search(r"cannot be read\b.*Export it again", reason):  # a decoder's own words
            path = Path(name)
            number = next((int(part) for part in (path.parent.name, "0") if part.isdecimal()), 0)
            one = self._by_stem.get(path.stem)
            self.kept.append((one.number if one else number, path.name, f"refused {reason[:200]}"))

    def _note_time(self, took_s: float, name: str) -> None:
        self.slowest_s = max(self.slowest_s, took_s)
        if took_s > self._limit_s:
            self.counts["hung"] += 1
            print(f"hung: {name}: {took_s:.1f} s", file=sys.stderr)

    def _files(self) -> set[Path]:
        """Everything below the scratch folder and beside it, but not in the workspace."""
        root = self._scratch / "workspace"
        inside = {path for path in self._scratch.rglob("*") if not path.is_relative_to(root)}
        return inside | set(self._scratch.parent.glob("outside*"))


def _sources(cases: list[Case], scratch: Path) -> Iterator[Source]:
    makers: dict[tuple[str, ...], Callable[[list[Case], Path], Iterator[Source]]] = {
        IMAGES: _of_images,
        CONTAINERS: _of_containers,
        MASKS: _of_masks,
        ARCHIVES: _of_archives,
        ANNOTATIONS: _of_annotations,
    }
    for kinds, make in makers.items():
        chosen = [one for one in cases if one.kind in kinds]
        if chosen:
            yield from make(chosen, scratch)


def _of_images(cases: list[Case], scratch: Path) -> Iterator[Source]:
    """Lay images into one folder, with masks for every second of them: its neighbor."""
    images, masks = _pair(scratch / "set")
    for index, one in enumerate(cases):
        (images / one.name).write_bytes(one.data)
        if index % 2:
            mask = cases[index - 1]
            (masks / f"{one.stem}.{mask.suffix}").write_bytes(mask.data)
    yield Source(images, masks if len(cases) > 1 else None)


def _of_containers(cases: list[Case], scratch: Path) -> Iterator[Source]:
    """Lay images that are converted into one folder, with their pixels."""
    folder = scratch / "converted"
    folder.mkdir()
    for one in cases:
        write_container(folder / one.name, one.data)
    yield Source(folder, None)


def _of_masks(cases: list[Case], scratch: Path) -> Iterator[Source]:
    """Give each mask an intact image of its name."""
    images, masks = _pair(scratch / "masked")
    for one in cases:
        (images / f"{one.stem}.tif").write_bytes(tiffs.make(0))
        (masks / one.name).write_bytes(one.data)
    yield Source(images, masks, tuple(Expected(one, one.stem, masks / one.name, "") for one in cases))


def _of_archives(cases: list[Case], scratch: Path) -> Iterator[Source]:
    folder = scratch / "archives"
    folder.mkdir()
    for one in cases:
        path = folder / one.name
        path.write_bytes(one.data)
        member = f"masks/{one.stem}.tif"
        yield Source(path, None, (Expected(one, one.stem, path, member),) if one.kind in SETS else ())


def _of_annotations(cases: list[Case], scratch: Path) -> Iterator[Source]:
    """Give each annotation file the same intact image with a georeference, under a name of its own."""
    stem = Path(IMAGE).stem
    for one in cases:
        folder = scratch / "annotated" / str(one.number)
        (folder / "images").mkdir(parents=True)
        (folder / "images" / IMAGE).write_bytes(tiffs.make(6))
        path = folder / (f"{stem}.txt" if one.kind == "txt" else one.name)
        write_annotations(path, one.data)
        yield Source(folder / "images", path, (Expected(one, stem, path, stem),))


def _pair(folder: Path) -> tuple[Path, Path]:
    images, masks = folder / "images", folder / "masks"
    images.mkdir(parents=True)
    masks.mkdir()
    return images, masks
