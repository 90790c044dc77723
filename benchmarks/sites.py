"""How many seep sites are found, and how many are false: on synthetic places, and reproduced on real tiles.

    python -m benchmarks.sites
    python -m benchmarks.sites --predicted 5
    python -m benchmarks.sites --images IMAGES --masks MASKS

Synthetic: 20 places of 8 passes and 12 vents with detection rates of 0.1 to 0.9, stray slicks and look-alikes.
Counts the vents with three detections or more that have a site within 20 px, sites that have no vent there,
and the median distance. With true masks, with a fifth of the slicks missing, and (--predicted N places) with the
masks that the shipped checkpoint predicts.

Score: AUC of the score of sites with a vent within 20 px against chance sites: those without one, and those found
after each pass was shifted as a whole, 25 times. The wind of a pass is its drift with an error of 15 degrees.

Real tiles have no known vents. Their scenes are grouped into places by `seep.core.sites.proposals`; sites from half
of the passes of a place are compared with sites from the other half: the share within 20 px, over ten random
halves, beside the same share after the slicks of each pass were shifted by a random distance.

Prints tables, and JSON in the last line.
"""

import argparse
import json
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from sklearn.metrics import roc_auc_score

from seep.core.geo.grid import DEFAULT_PATTERN
from seep.core.geo.grid_inference import edges_of, guess_columns
from seep.core.image.normalize import statistics_of
from seep.core.masks.mask import Mask
from seep.core.sites.detect import Site, SiteSettings, detect_sites
from seep.core.sites.proposals import nodata_shape, propose_places
from seep.core.sites.score import WEIGHTS, Term, origins_value, score, wind_value
from seep.core.sites.slick_ends import SlickEnds, find_slick_ends
from seep.core.synthesis.place import SyntheticPlace, Vent, synthesize_place
from seep.io.images import read_image

PLACES = 20
MISSING = 0.2
HALVES = 10
WITHIN_PX = 20.0
"""Largest distance of a site from its vent, or from the same site of the other half of the passes."""

MAX_SHIFT_PX = 600
SHIFTS = 25
"""Times that the passes of a place are shifted for chance sites, which are rare."""
WIND_ERROR_DEG = 15.0

Passes = list[list[SlickEnds]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure what is asked for, print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sites")
    parser.add_argument("--places", type=int, default=PLACES, help="synthetic places (20)")
    parser.add_argument("--first", type=int, default=0, help="seed of the first of them (0)")
    parser.add_argument(
        "--predicted", type=int, default=0, metavar="N", help="predict the first N of them too (0)"
    )
    parser.add_argument(
        "--keep", type=Path, help="keep predicted masks in this folder, and continue from them"
    )
    parser.add_argument("--images", type=Path, help="folder of real tiles")
    parser.add_argument("--masks", type=Path, help="folder of their masks")
    parser.add_argument(
        "--radius-px", type=float, default=SiteSettings().radius, help="radius of a site (24)"
    )
    chosen = parser.parse_args(arguments)
    settings = SiteSettings(chosen.radius_px)
    report = {
        "settings": vars(settings) | {},
        "synthetic": synthetic(
            range(chosen.first, chosen.first + chosen.places), chosen.predicted, settings, chosen.keep
        ),
    }
    if chosen.images and chosen.masks:
        report["real"] = real(chosen.images, chosen.masks, settings)
    print(json.dumps(report))


def synthetic(
    seeds: range, predicted: int, settings: SiteSettings, keep: Path | None = None
) -> list[dict[str, object]]:
    """Count found vents and false sites for each source of masks."""
    rng = np.random.default_rng(0)
    sources: dict[str, list[tuple[Sequence[Vent], list[Site]]]] = {}
    seconds = []
    scored_sites: dict[str, list[tuple[bool, float]]] = {}
    for seed in seeds:
        place = synthesize_place(seed)
        passes = [find_slick_ends(scene.mask) for scene in place.passes]
        thinned = [[one for one in some if rng.random() >= MISSING] for some in passes]
        variants = {"true masks": passes, "a fifth of the slicks missing": thinned}
        if seed in seeds[:predicted]:
            variants["predicted masks"] = [find_slick_ends(mask) for mask in kept_masks(place, seed, keep)]
        for name, ends in variants.items():
            began = time.perf_counter()
            sources.setdefault(name, []).append((place.vents, detect_sites(ends, settings)))
            seconds.append(time.perf_counter() - began)
            wind = np.degrees(place.drifts) + rng.normal(0, WIND_ERROR_DEG, len(place.drifts))
            for tried in (ends, *(_shifted(ends, rng) for _ in range(SHIFTS))):
                scored_sites.setdefault(name, []).extend(
                    (tried is ends and _is_vent(site, place.vents), _score(site, tried, wind, settings))
                    for site in detect_sites(tried, settings)
                )
    rows = [
        {
            "masks": name,
            **scored(found, settings),
            "score_auc": _auc(scored_sites[name]),
            "chance_sites": sum(not vent for vent, _ in scored_sites[name]),
        }
        for name, found in sources.items()
    ]
    print(
        f"{'masks':<32}{'places':>7}{'vents':>7}{'found':>8}{'false per vent':>16}{'median error px':>17}"
        f"{'chance':>8}{'score AUC':>11}"
    )
    for row in rows:
        print(
            f"{row['masks']:<32}{row['places']:>7}{row['vents']:>7}{row['found']:>8.3f}"
            f"{row['false_per_vent']:>16.3f}{row['median_error_px']:>17.1f}"
            f"{row['chance_sites']:>8}{row['score_auc']:>11.3f}"
        )
    print(f"detection: median {1000 * np.median(seconds):.0f} ms per place")
    return rows


def _is_vent(site: Site, vents: Sequence[Vent]) -> bool:
    return _nearest(site.x, site.y, [(vent.x, vent.y) for vent in vents]) <= WITHIN_PX


def _score(
    site: Site, passes: Passes, wind: "np.ndarray[tuple[int], np.dtype[np.float64]]", settings: SiteSettings
) -> float:
    """Score of a site of reviewed masks, with the wind as degrees from x toward y."""
    lines = [passes[one.pass_index][one.slick_index].ends for one in site.detections]
    lines = [ends[::-1] if one.origin_end else ends for ends, one in zip(lines, site.detections, strict=True)]
    along = [ends[1] - ends[0] for ends in lines]
    angles = [
        float(np.degrees(np.arctan2(dy, dx)) - wind[one.pass_index])
        for (dx, dy), one in zip(along, site.detections, strict=True)
    ]
    values = {
        "recurrence": site.rate_interval[0],
        "origins": origins_value(
            [float(np.hypot(*(ends[0] - (site.x, site.y)))) for ends in lines], settings.radius
        ),
        "wind": wind_value(angles),
        "reviewed": 1.0,
    }
    return score([Term(name, values[name], weight) for name, weight in WEIGHTS.items()]).value or 0.0


def _auc(sites: Sequence[tuple[bool, float]]) -> float:
    """Probability that a site at a vent has a higher score than a chance site; nan without both."""
    vents, scores = zip(*sites, strict=True) if sites else ((), ())
    return float(roc_auc_score(vents, scores)) if 0 < sum(vents) < len(vents) else float("nan")


def scored(found: Sequence[tuple[Sequence[Vent], list[Site]]], settings: SiteSettings) -> dict[str, float]:
    """Found share of the vents with enough detections, false sites per such vent, median distance in pixels."""
    wanted = hit = false = 0
    errors = []
    for vents, sites in found:
        repeated = [vent for vent in vents if len(vent.seen_in) >= settings.min_passes]
        distances = [_nearest(vent.x, vent.y, [(one.x, one.y) for one in sites]) for vent in repeated]
        errors += [one for one in distances if one <= WITHIN_PX]
        wanted, hit = wanted + len(repeated), hit + sum(one <= WITHIN_PX for one in distances)
        spots = [(vent.x, vent.y) for vent in vents]
        false += sum(_nearest(one.x, one.y, spots) > WITHIN_PX for one in sites)
    return {
        "places": len(found),
        "vents": wanted,
        "found": hit / max(1, wanted),
        "false_per_vent": false / max(1, wanted),
        "median_error_px": float(np.median(errors)) if errors else float("inf"),
    }


def _nearest(x: float, y: float, spots: Sequence[tuple[float, float]]) -> float:
    return min((float(np.hypot(x - a, y - b)) for a, b in spots), default=float("inf"))


def kept_masks(place: SyntheticPlace, seed: int, keep: Path | None) -> list[Mask]:
    """Masks predicted earlier, from the folder; else predict them and keep them there."""
    if keep is None:
        return predicted_masks(place)
    file = keep / f"place-{seed}.npz"
    if not file.exists():
        keep.mkdir(parents=True, exist_ok=True)
        partial = file.with_suffix(".partial.npz")
        np.savez_compressed(partial, masks=np.stack(predicted_masks(place)))
        partial.replace(file)
    with np.load(file) as kept:
        return list(kept["masks"])


def predicted_masks(place: SyntheticPlace) -> list[Mask]:
    """Predict each pass with the shipped checkpoint."""
    from seep.engine.checkpoint import load_checkpoint
    from seep.engine.inference.predict import Predictor
    from seep.settings import SHIPPED_CHECKPOINT

    predictor = Predictor(load_checkpoint(SHIPPED_CHECKPOINT))
    return [
        predictor.predict([scene.image], [statistics_of([scene.image], 0)], 0)[0].mask
        for scene in place.passes
    ]


def real(images: Path, masks: Path, settings: SiteSettings) -> list[dict[str, object]]:
    """Compare the sites of halves of the passes of each proposed place."""
    tiles: dict[str, dict[int, Path]] = {}
    for path in sorted(images.glob("*.tif")):
        match = re.fullmatch(DEFAULT_PATTERN, path.stem)
        if match and (masks / path.name).exists():
            tiles.setdefault(match["scene"], {})[int(match["tile"])] = path
    shapes = {
        scene: {number: nodata_shape(read_image(path) > 0) for number, path in some.items()}
        for scene, some in tiles.items()
    }
    rng, rows = np.random.default_rng(0), []
    for proposal in propose_places(shapes):
        columns = _columns({scene: tiles[scene] for scene in proposal.scenes})
        passes = [_place_ends(tiles[scene], masks, columns) for scene in proposal.scenes]
        kept = [reproduced(passes, settings, rng) for _ in range(HALVES)]
        chance = [reproduced(_shifted(passes, rng), settings, rng) for _ in range(HALVES)]
        rows.append(
            {
                "scenes": list(proposal.scenes),
                "nodata_agreement": proposal.agreement,
                "columns": columns,
                "slicks": sum(map(len, passes)),
                "sites": len(detect_sites(passes, settings)),
                "reproduced": float(np.mean(kept)),
                "reproduced_after_shift": float(np.mean(chance)),
            }
        )
    print(f"\n{'place':<20}{'passes':>7}{'slicks':>8}{'sites':>7}{'reproduced':>12}{'after shift':>13}")
    for row in rows:
        names = row["scenes"]
        assert isinstance(names, list)
        print(
            f"{names[0] + ' to ' + names[-1]:<20}{len(names):>7}{row['slicks']:>8}{row['sites']:>7}"
            f"{row['reproduced']:>12.3f}{row['reproduced_after_shift']:>13.3f}"
        )
    return rows


def _columns(scenes: dict[str, dict[int, Path]]) -> int:
    """Width of the grid that the scenes share, in tiles: what most of them tell."""
    told = [
        guess_columns({number: edges_of(read_image(path), 0) for number, path in some.items()})
        for some in scenes.values()
    ]
    known = [one for one in told if one]
    if not known:
        raise SystemExit(f"The grid of {', '.join(scenes)} cannot be told from their pixels.")
    return max(set(known), key=known.count)


def _place_ends(tiles: dict[int, Path], masks: Path, columns: int) -> list[SlickEnds]:
    """Slick ends of a pass in the pixels of the place's grid."""
    read = {number: read_image(masks / path.name).astype(np.uint8) for number, path in tiles.items()}
    side = next(iter(read.values())).shape[0]
    mask = np.zeros(((max(read) // columns + 1) * side, columns * side), np.uint8)
    for number, tile in read.items():
        row, column = divmod(number, columns)
        mask[row * side : row * side + side, column * side : column * side + side] = tile
    return find_slick_ends(mask)


def reproduced(passes: Passes, settings: SiteSettings, rng: np.random.Generator) -> float:
    """Share of the sites of one random half of the passes that the other half has within 20 px."""
    order = rng.permutation(len(passes))
    half = replace(settings, min_passes=2)
    one, other = (
        detect_sites([passes[at] for at in part], half)
        for part in (order[: len(order) // 2], order[len(order) // 2 :])
    )
    if not one:
        return 0.0
    spots = [(site.x, site.y) for site in other]
    return float(np.mean([_nearest(site.x, site.y, spots) <= WITHIN_PX for site in one]))


def _shifted(passes: Passes, rng: np.random.Generator) -> Passes:
    """Each pass moved as a whole: slicks keep their pattern, and share no source any more."""
    moved = []
    for some in passes:
        shift = rng.uniform(-MAX_SHIFT_PX, MAX_SHIFT_PX, 2)
        moved.append([replace(one, ends=one.ends + shift) for one in some])
    return moved


if __name__ == "__main__":
    main()
