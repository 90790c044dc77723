"""What a simulation is told: which scenes play which part, which orders, after how many tiles."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from seep.core.geo.grid import DEFAULT_PATTERN, assign_splits
from seep.errors import SettingsError
from seep.workflow.training.presets import FINETUNE, FinetuneRequest, check_request

ORDERS = {
    "likely_wrong": "tiles whose flipped predictions agree least come first",
    "useful": "most uncertain tiles come first, class by class and scene by scene, a tenth at random",
    "confident": "predictions with high confidence come first",
    "random": "random order: the reference",
}
START_SCENES = 3


class Curve(NamedTuple):
    """One loop from the first tile to the last: by which order, with replay or without, by which seed."""

    order: str
    replay: bool
    seed: int


@dataclass(frozen=True)
class SimulationOptions:
    """What a simulation is told.

    Attributes:
        checkpoint: what the loop starts from; its card says which scenes trained it. A file that is not there
            is trained on the scenes of the start and written, by the preset "seep".
        epochs: of that training; None for the preset's.
        steps_per_epoch: batches an epoch of it; None for the preset's.
        start: scenes whose truth is known from the start and replayed; None for those that trained the
            checkpoint, where its card names any, else three that are drawn.
        validation: scenes that choose epoch and threshold; None draws them.
        test: scenes that the curves are measured on; None draws them.
        orders: keys of `ORDERS`.
        after: numbers of corrected tiles after which is fine-tuned; what is left of the pool comes last.
        whole_pool: also correct and learn what is left of the pool after these.
        replay: with replay, without, or both.
        seeds: each makes curves of its own: of crops and of what is drawn.
        request: how each fine-tuning learns; its tiles, base, seed and, without replay, its share of replay
            are the curve's.
        device: cpu, cuda, cuda:N; None picks.
        pattern: how file names give scene and tile.
        nodata: a number, None, or "auto".
        skip_bad: leave out what cannot be read instead of refusing the whole folder.
    """

    checkpoint: Path
    epochs: int | None = None
    steps_per_epoch: int | None = None
    start: Sequence[str] | None = None
    validation: Sequence[str] | None = None
    test: Sequence[str] | None = None
    orders: Sequence[str] = ("likely_wrong", "useful", "random")
    after: Sequence[int] = (20, 40, 80, 160)
    whole_pool: bool = True
    replay: Sequence[bool] = (True,)
    seeds: Sequence[int] = (0,)
    request: FinetuneRequest = FINETUNE["quick"]
    device: str | None = None
    pattern: str = DEFAULT_PATTERN
    nodata: float | str | None = "auto"
    skip_bad: bool = False

    @property
    def curves(self) -> list[Curve]:
        """Every combination of seed, replay and order, seed by seed."""
        return [Curve(order, with_it, seed) for seed, with_it, order in self._parts()]

    def _parts(self) -> "product[tuple[int, bool, str]]":
        return product(dict.fromkeys(self.seeds), dict.fromkeys(self.replay), dict.fromkeys(self.orders))


def check_options(options: SimulationOptions) -> None:
    """Refuse what cannot be simulated.

    Raises:
        SettingsError: names the value and what may be in its place.
    """
    odd = [order for order in options.orders if order not in ORDERS]
    if odd:
        raise SettingsError(f"There is no order {odd[0]!r} to simulate; use some of {', '.join(ORDERS)}.")
    if not options.orders or not options.seeds or not options.replay:
        raise SettingsError("Nothing is to be simulated; name an order, a seed, and replay or none.")
    if not options.after or sorted({*options.after}) != [*options.after] or options.after[0] < 1:
        raise SettingsError(
            f"Fine-tuning after {', '.join(map(str, options.after)) or 'no'} tiles cannot be; "
            "name numbers from 1 that grow, such as 20,40,80."
        )
    check_request(options.request)


def split_scenes(
    names: Collection[str], options: SimulationOptions, card: dict[str, Any] | None
) -> dict[str, list[str]]:
    """Say which part each scene plays.

    Args:
        names: of the scenes of the folder.
        options: scenes that are named there are taken first.
        card: of the checkpoint; None before it is trained.

    Returns:
        "start", "validation", "test" and "pool" (all others), each sorted.

    Raises:
        SettingsError: a scene is not in the folder or named twice, no scene is left to correct or to measure
            on, or one of those trained the checkpoint, so that its figures would say nothing.
    """
    trained = (card or {}).get("splits", {})
    known = [name for name in trained.get("train", ()) if name in names] or None
    wishes = {"start": options.start if options.start is not None else known}
    wishes |= {"validation": options.validation, "test": options.test}
    told = [name for some in wishes.values() for name in some or ()]
    odd = sorted(({*told} - {*names}) | {name for name in told if told.count(name) > 1})
    if odd:
        raise SettingsError(f"Scene {odd[0]} is not in the folder or named twice; check the names.")
    drawn = assign_splits(sorted(names))
    parts = {
        part: sorted(some)
        if some is not None
        else sorted(name for name in names if drawn[name] == part and name not in told)
        for part, some in wishes.items()
    }
    if wishes["start"] is None:
        kept = {*told, *parts["validation"], *parts["test"]}
        parts["start"] = sorted(name for name in names if name not in kept)[:START_SCENES]
    parts["pool"] = sorted({*names} - {name for some in parts.values() for name in some})
    _check_parts(parts, {*trained.get("train", ()), *trained.get("validation", ())})
    return parts


def _check_parts(parts: dict[str, list[str]], seen: set[str]) -> None:
    for part, purpose in (("start", "start from"), ("pool", "correct"), ("test", "measure on")):
        if not parts[part]:
            raise SettingsError(f"No scene is left to {purpose}; name fewer for the other parts.")
    spoilt = sorted(seen & {*parts["pool"], *parts["test"]})
    if spoilt:
        raise SettingsError(
            f"Scene {spoilt[0]} trained the checkpoint or chose its epoch, so it cannot be corrected or "
            "measured on as if unseen; name it for the start, or start from another checkpoint."
        )
