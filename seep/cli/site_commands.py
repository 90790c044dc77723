"""Commands for the sites of places: `seep sites ACTION`."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from seep.cli.arguments import Command, add_action, add_actions, ids
from seep.cli.session import actor_of, workspace_of
from seep.core.records import SITE_RANKS
from seep.core.sites.score import MAX_WEIGHT, WEIGHTS, SiteScore, Weights
from seep.core.text import counted
from seep.errors import SettingsError
from seep.workflow.exports.deliverables import export_sites, import_sites
from seep.workflow.exports.place_tables import drift_text, rate_texts
from seep.workflow.places import sites
from seep.workflow.places.detection import place_sites
from seep.workflow.places.evidence import SiteEvidence
from seep.workflow.places.places import find_place
from seep.workflow.places.site_scores import get_weights, score_row, set_weights, site_scores
from seep.workflow.reference_layers import list_layers, references_around

if TYPE_CHECKING:
    from seep.cli.arguments import Parsers


def add_site_commands(parsers: "Parsers") -> None:
    """Add `sites` with its actions to the parser."""
    actions = add_actions(
        parsers,
        "sites",
        "list, rank, merge and correct the sites of a place",
        "list 'Place 1'",
        "rank 'Place 1' 7 high --reason 'platform is 9 km away'",
        "merge 'Place 1' 3,5",
        "undo 'Place 1'",
    )
    parser = _add(actions, "list", list_sites, "list sites with their evidence")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser = add_action(actions, "weights", weights, "show or set the weights of the score of all sites")
    parser.add_argument(
        "--set",
        type=_weight,
        nargs="+",
        default=[],
        metavar="TERM=W",
        help=f"0 to {MAX_WEIGHT:g}, of {', '.join(WEIGHTS)}",
    )
    parser.add_argument(
        "--layer",
        type=_weight,
        nargs="+",
        default=[],
        metavar="LAYER=W",
        help=f"of a reference layer: up to {MAX_WEIGHT:g} if near is better, down to -{MAX_WEIGHT:g} if far is better",
    )
    parser.add_argument(
        "--classes", type=float, nargs=3, metavar=("A", "B", "C"), help="lowest score of each class"
    )
    _add(actions, "history", history, "list the changes by analysts")
    parser = _add(actions, "rank", rank, "set the confidence in a site", "site")
    parser.add_argument(
        "rank", choices=(*SITE_RANKS, "none"), metavar="RANK", help=f"{', '.join(SITE_RANKS)}, none"
    )
    parser = _add(actions, "note", note, "set the note of a site", "site")
    parser.add_argument("note", metavar="TEXT", help='"" deletes it')
    parser = _add(actions, "move", move, "set the position of a site", "site")
    _add_position(parser)
    parser = _add(actions, "add", add, "add a site by hand")
    _add_position(parser)
    parser = _add(actions, "merge", merge, "make several sites one")
    parser.add_argument("sites", type=ids, metavar="A,B", help="numbers of sites")
    _add(actions, "split", split, "divide a site into two", "site")
    _add(actions, "remove", remove, "remove a site; it does not appear again", "site")
    _add(actions, "undo", undo, "undo the newest change")
    parser = _add(actions, "export", export, "write a GeoPackage, tables and a report")
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for the files")
    parser.add_argument(
        "--pdf", action="store_true", help="also print the report to sites.pdf; needs Chromium"
    )
    parser.add_argument("--names", action="store_true", help="say who changed a site")
    parser = _add(
        actions, "import", import_, "read ranks and notes from a GeoPackage or table that export wrote"
    )
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help="sites.gpkg, or a CSV file with the columns site, rank and note",
    )


def _add(actions: "Parsers", name: str, run: Command, text: str, site: str = "") -> argparse.ArgumentParser:
    parser = add_action(actions, name, run, text)
    parser.add_argument("place", metavar="PLACE", help="name or number of the place")
    if site:
        parser.add_argument("site", type=int, metavar="SITE", help="number of the site")
    if name not in {"list", "history", "undo", "note", "export", "import"}:
        parser.add_argument("--reason", default="", metavar="TEXT", help="why, for the history")
    return parser


def _add_position(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("x", type=float, metavar="X", help="column in pixels of the place")
    parser.add_argument("y", type=float, metavar="Y", help="row in pixels of the place")


def list_sites(options: argparse.Namespace) -> None:
    """`seep sites list`."""
    workspace = workspace_of(options)
    found = place_sites(workspace, find_place(workspace, options.place).place.id)
    references = references_around(workspace, found.data.georeference, found.data.bounds)
    scores = site_scores(workspace, found, references)
    if options.json:
        rows = [asdict(site) | {"score": score_row(scores[site.number])} for site in found.sites]
        print(json.dumps(rows, indent=2))
        return
    slicks, passes = sum(len(one.slicks) for one in found.data.passes), len(found.data.passes)
    print(
        f"{counted(len(found.sites), 'site')} of {counted(slicks, 'slick')} in {counted(passes, 'pass', 'passes')}"
    )
    for site in found.sites:
        print(_line(site, scores[site.number]))


def _line(site: SiteEvidence, score: SiteScore) -> str:
    where = (
        f"{site.latitude:.4f}, {site.longitude:.4f}"
        if site.latitude is not None and site.longitude is not None
        else f"({site.x:.0f}, {site.y:.0f}) px"
    )
    rate, interval = rate_texts(site)
    figures = f"{site.n} of {site.m}  rate {rate} [{interval}]  drift {drift_text(site)}"
    if score.value is not None:
        figures += f"  score {score.letter} {score.value:.2f}"
    return f"{site.number:4}  {where}  {figures}  {site.rank} {site.note}".rstrip()


def _weight(text: str) -> tuple[str, float]:
    name, found, value = text.rpartition("=")
    try:
        if found and name:
            return name, float(value)
    except ValueError:
        pass
    raise argparse.ArgumentTypeError(f"{text!r} is not NAME=WEIGHT, such as recurrence=3")


def weights(options: argparse.Namespace) -> None:
    """`seep sites weights`."""
    workspace = workspace_of(options)
    found = get_weights(workspace)
    if options.set or options.layer or options.classes:
        known = [one.name for one in list_layers(workspace)]
        for name, _ in options.layer:
            if name not in known:
                raise SettingsError(
                    f"There is no reference layer {name[:60]!r}. Layers: {', '.join(known) or 'none yet'}."
                )
        found = Weights(
            {**found.terms, **dict(options.set)},
            {**found.layers, **dict(options.layer)},
            tuple(options.classes or found.thresholds),
        )
        set_weights(workspace, found, actor_of(options, workspace))
    for name, value in [*found.terms.items(), *sorted(found.layers.items())]:
        print(f"{name}: {value:g}")
    print(
        "Classes: "
        + ", ".join(f"{name} from {least:g}" for name, least in zip("ABC", found.thresholds, strict=True))
    )


def history(options: argparse.Namespace) -> None:
    """`seep sites history`."""
    workspace = workspace_of(options)
    for one in sites.history(workspace, find_place(workspace, options.place).place.id):
        undone = f"  undone by {one.undone_by} {one.undone_at}" if one.undone_at else ""
        reason = f": {one.reason}" if one.reason else ""
        print(f"{one.created_at}  {one.author}  {one.action} site {one.number}{reason}{undone}")


def rank(options: argparse.Namespace) -> None:
    """`seep sites rank`."""
    workspace = workspace_of(options)
    place, chosen = find_place(workspace, options.place).place, options.rank.replace("none", "")
    sites.rank_site(
        workspace, place.id, options.site, chosen, actor_of(options, workspace), reason=options.reason
    )
    print(f"Site {options.site}: rank {options.rank}")


def note(options: argparse.Namespace) -> None:
    """`seep sites note`."""
    workspace = workspace_of(options)
    place = find_place(workspace, options.place).place
    sites.note_site(workspace, place.id, options.site, options.note, actor_of(options, workspace))
    print(f"Site {options.site}: note {'saved' if options.note.strip() else 'deleted'}")


def move(options: argparse.Namespace) -> None:
    """`seep sites move`."""
    workspace = workspace_of(options)
    place, to = find_place(workspace, options.place).place, (options.x, options.y)
    sites.move_site(
        workspace, place.id, options.site, to, actor_of(options, workspace), reason=options.reason
    )
    print(f"Site {options.site} is at ({options.x:g}, {options.y:g})")


def add(options: argparse.Namespace) -> None:
    """`seep sites add`."""
    workspace = workspace_of(options)
    place, to = find_place(workspace, options.place).place, (options.x, options.y)
    print(
        f"Site {sites.add_site(workspace, place.id, to, actor_of(options, workspace), reason=options.reason)} added"
    )


def merge(options: argparse.Namespace) -> None:
    """`seep sites merge`."""
    workspace = workspace_of(options)
    place = find_place(workspace, options.place).place
    kept = sites.merge_sites(
        workspace, place.id, options.sites, actor_of(options, workspace), reason=options.reason
    )
    print(f"Merged into site {kept}")


def split(options: argparse.Namespace) -> None:
    """`seep sites split`."""
    workspace = workspace_of(options)
    place = find_place(workspace, options.place).place
    new = sites.split_site(
        workspace, place.id, options.site, actor_of(options, workspace), reason=options.reason
    )
    print(f"Site {options.site} divided; the other part is site {new}")


def remove(options: argparse.Namespace) -> None:
    """`seep sites remove`."""
    workspace = workspace_of(options)
    place = find_place(workspace, options.place).place
    sites.remove_site(workspace, place.id, options.site, actor_of(options, workspace), reason=options.reason)
    print(f"Site {options.site} removed")


def undo(options: argparse.Namespace) -> None:
    """`seep sites undo`."""
    workspace = workspace_of(options)
    action = sites.undo_change(
        workspace, find_place(workspace, options.place).place.id, actor_of(options, workspace)
    )
    print(f"Undone: {action}" if action else "There is nothing to undo.")


def export(options: argparse.Namespace) -> None:
    """`seep sites export`."""
    workspace = workspace_of(options)
    place = find_place(workspace, options.place).place
    result = export_sites(
        workspace,
        place.id,
        options.out,
        actor=actor_of(options, workspace),
        pdf=options.pdf,
        names=options.names,
    )
    print(f"{counted(result.sites, 'site')} and {counted(result.slicks, 'slick')} written to {result.folder}")


def import_(options: argparse.Namespace) -> None:
    """`seep sites import`."""
    workspace = workspace_of(options)
    place = find_place(workspace, options.place).place
    changed = import_sites(workspace, place.id, options.file, actor_of(options, workspace))
    print(f"{counted(changed, 'site')} changed")
