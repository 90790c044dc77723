"""How well two people agree about the same tiles, how well the model agrees with them, and people with themselves.

The figures are those of `seep.core.metrics.agreement`. Pixels of all tiles of a group are added before a figure is
computed, and intervals are over scenes.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from seep.core.metrics.agreement import FIGURES, AgreementCounts, agreement_counts, figure_interval, figures
from seep.core.text import counted, with_minus_signs
from seep.errors import MaskError, StorageError
from seep.store import classes
from seep.store.review import second_masks
from seep.store.review.second_masks import MaskPair
from seep.workflow.commit_cache import cached_until_commit
from seep.workflow.tile_data import read_mask
from seep.workflow.workspace import Workspace

Interval = tuple[float, float]


@dataclass(frozen=True)
class Agreement:
    """Agreement of a group of pairs of masks.

    Attributes:
        name: of the group: a class, a scene, or two people.
        tiles: number of pairs.
        scenes: number of scenes.
        figures: by name in `FIGURES`, None where it is not defined.
        intervals: 95 % intervals over scenes, None for fewer than three scenes with seep.
    """

    name: str
    tiles: int
    scenes: int
    figures: Mapping[str, float | None]
    intervals: Mapping[str, Interval | None]


@dataclass(frozen=True)
class TileAgreement:
    """Agreement about one tile; `differing_px` counts the pixels with other classes."""

    pair: MaskPair
    figures: Mapping[str, float | None]
    differing_px: int


@dataclass(frozen=True)
class ModelAgreement:
    """How well the model and a person agree with the blind mask of another person, by F1 within 2 px.

    Attributes:
        person: author of the first masks.
        reference: author of the second masks, who saw neither the first mask nor the prediction.
        tiles, scenes: number of tiles and scenes.
        person_f1, model_f1: agreement with the reference; None without seep.
        interval: 95 % interval over scenes of the difference, model minus person; None for too few scenes.
    """

    person: str
    reference: str
    tiles: int
    scenes: int
    person_f1: float | None
    model_f1: float | None
    interval: Interval | None

    @property
    def sentence(self) -> str:
        """The comparison in words, with its interval and its basis."""
        basis = f"{counted(self.tiles, 'tile')} of {counted(self.scenes, 'scene')}"
        if self.person_f1 is None or self.model_f1 is None:
            return f"{self.reference}, {self.person} and the model drew no seep on {basis}."
        both = f"F1 {self.model_f1:.2f} and {self.person_f1:.2f}"
        if self.interval is None:
            return (
                f"Agreement with {self.reference}: model and {self.person} {both} on {basis}. Three scenes with seep "
                "are needed for a comparison."
            )
        low, high = self.interval
        degree = "more than" if low > 0 else "less than" if high < 0 else "as much as"
        difference = with_minus_signs(f"{self.model_f1 - self.person_f1:+.2f} ({low:+.2f} to {high:+.2f})")
        return (
            f"The model agrees with {self.reference} {degree} {self.person} does: {both}, difference {difference}, on "
            f"{basis}."
        )


@dataclass(frozen=True)
class AgreementReport:
    """All finished pairs of masks.

    Attributes:
        overall: pairs of two people.
        people: the same by pair of people, most tiles first.
        classes: by class, for classes in either mask.
        scenes: by scene.
        tiles: one row per pair, lowest F1 first; repeats too.
        models: the model against people.
        repeats: agreement with oneself by person.
        unreadable: pairs with a lost or damaged mask; they are left out.
        undecided: pairs of two people with other pixels that nobody has adjudicated.
    """

    overall: Agreement
    people: list[Agreement]
    classes: list[Agreement]
    scenes: list[Agreement]
    tiles: list[TileAgreement]
    models: list[ModelAgreement]
    repeats: list[Agreement]
    unreadable: int
    undecided: int


def agreement_report(workspace: Workspace) -> AgreementReport:
    """Compare all finished second masks with their first masks; pairs whose file is lost or damaged are left out."""
    report = _report(workspace)
    # A file may be back without a change of the database.
    return _compare(workspace) if report.unreadable else report


def _compare(workspace: Workspace) -> AgreementReport:
    with workspace.store.reading() as session:
        pairs = second_masks.pairs(session)
        names = [one.name for one in classes.list_classes(session)]
    counts = {
        pair.id: pair_counts(workspace, pair.first_sha256, pair.second_sha256, len(names)) for pair in pairs
    }
    measured = [(pair, found) for pair in pairs if (found := counts[pair.id]) is not None]
    two = [(pair, found) for pair, found in measured if not pair.is_repeat]
    alone = [(pair, found) for pair, found in measured if pair.is_repeat]
    tiles = [_tile(pair, found) for pair, found in measured]
    return AgreementReport(
        overall=_agreement("all", two),
        people=_groups(two, lambda pair: f"{pair.first_author} and {pair.second_author}"),
        classes=_by_class(workspace, two, names),
        scenes=_groups(two, lambda pair: pair.scene),
        tiles=sorted(tiles, key=lambda one: -1.0 if one.figures["f1"] is None else one.figures["f1"]),
        models=_models(workspace, two, len(names)),
        repeats=_groups(alone, lambda pair: pair.first_author),
        unreadable=len(pairs) - len(measured),
        undecided=sum(
            tile.differing_px > 0 and tile.pair.decision is None and not tile.pair.is_repeat for tile in tiles
        ),
    )


_report = cached_until_commit(_compare, 8)

Measured = Sequence[tuple[MaskPair, AgreementCounts]]


def pair_counts(workspace: Workspace, first: str, second: str, class_count: int) -> AgreementCounts | None:
    """Count the agreement of two stored masks; None if one is lost or damaged."""
    try:
        return _counts_of(workspace, first, second, class_count, 0)
    except (MaskError, StorageError):  # opening the tile reports it; the page must still open
        return None


@lru_cache(maxsize=50_000)
def _counts_of(
    workspace: Workspace, first: str, second: str, class_count: int, class_id: int
) -> AgreementCounts:
    """Count a pair of masks, of one class alone unless that is 0; hashes name their content."""
    masks = read_mask(workspace, first), read_mask(workspace, second)
    if class_id:
        alone = [(mask == class_id).astype(np.uint8) for mask in masks]
        return agreement_counts(alone[0], alone[1], 2)
    return agreement_counts(masks[0], masks[1], class_count)


def _tile(pair: MaskPair, counts: AgreementCounts) -> TileAgreement:
    return TileAgreement(pair, figures(counts), int(counts.matrix.sum() - np.trace(counts.matrix)))


def _by_scene(pairs: Measured) -> dict[str, AgreementCounts]:
    found: dict[str, AgreementCounts] = {}
    for pair, counts in pairs:
        found[pair.scene] = found[pair.scene] + counts if pair.scene in found else counts
    return found


def _total(counts: Iterable[AgreementCounts]) -> AgreementCounts | None:
    total = None
    for count in counts:
        total = count if total is None else total + count
    return total


def _agreement(name: str, pairs: Measured) -> Agreement:
    by_scene = _by_scene(pairs)
    total = _total(by_scene.values())
    return Agreement(
        name=name,
        tiles=len(pairs),
        scenes=len(by_scene),
        figures=figures(total) if total else dict.fromkeys(FIGURES),
        intervals={one: figure_interval(by_scene, one) if by_scene else None for one in FIGURES},
    )


def _groups(pairs: Measured, key: Callable[[MaskPair], Hashable]) -> list[Agreement]:
    names = list(dict.fromkeys(key(pair) for pair, _ in pairs))
    found = [_agreement(str(name), [one for one in pairs if key(one[0]) == name]) for name in names]
    return sorted(found, key=lambda one: (-one.tiles, one.name))


def _by_class(workspace: Workspace, pairs: Measured, names: Sequence[str]) -> list[Agreement]:
    found = []
    for class_id, name in enumerate(names[1:], 1):
        held = [
            (pair, _counts_of(workspace, pair.first_sha256, pair.second_sha256, len(names), class_id))
            for pair, counts in pairs
            if counts.matrix[class_id].any() or counts.matrix[:, class_id].any()
        ]
        if held:
            found.append(_agreement(name, held))
    return found


def _models(workspace: Workspace, pairs: Measured, class_count: int) -> list[ModelAgreement]:
    rows = []
    for people in dict.fromkeys((pair.first_author, pair.second_author) for pair, _ in pairs):
        own, model = [], []
        for pair, counts in pairs:
            if (pair.first_author, pair.second_author) != people or pair.shows_prediction:
                continue
            if pair.prediction_sha256 is None:
                continue
            predicted = pair_counts(workspace, pair.prediction_sha256, pair.second_sha256, class_count)
            if predicted is not None:
                own.append((pair, counts))
                model.append((pair, predicted))
        if own:
            rows.append(_model_agreement(*people, own, model))
    return rows


def _model_agreement(person: str, reference: str, own: Measured, model: Measured) -> ModelAgreement:
    persons, models = _by_scene(own), _by_scene(model)
    totals = _total(persons.values()), _total(models.values())
    person_f1, model_f1 = (figures(one)["f1"] if one else None for one in totals)
    return ModelAgreement(
        person=person,
        reference=reference,
        tiles=len(own),
        scenes=len(persons),
        person_f1=person_f1,
        model_f1=model_f1,
        interval=figure_interval(models, "f1", minus=persons),
    )
