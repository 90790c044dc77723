from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier
from typing import Any

import numpy as np
import pytest

from seep.core.import_options import ImportOptions
from seep.core.sites.detect import Site, detect_sites
from seep.errors import MissingError, SettingsError
from seep.store import revisions, scenes
from seep.workflow.imports.importer import import_folder
from seep.workflow.places import detection, places, sites
from seep.workflow.places.detection import place_sites, refresh_sites
from seep.workflow.places.document import place_document
from seep.workflow.places.evidence import PlaceSites
from seep.workflow.places.place_data import load_place
from seep.workflow.places.tile_passes import tile_sites
from seep.workflow.places.times import set_times
from seep.workflow.review.orders import available_orders
from seep.workflow.review.queue import queue
from seep.workflow.review.revisions import save_mask
from seep.workflow.scenes.layout import layout
from seep.workflow.workspace import Workspace
from tests.actors import ADA, BOB
from tests.workflow.places.making import COLUMNS, VENTS, import_passes, write_pass


def positions(found: PlaceSites) -> dict[int, tuple[float, float]]:
    return {one.number: (one.x, one.y) for one in found.sites}


def number_at(found: PlaceSites, spot: tuple[int, int]) -> int:
    distance, number = min(
        (float(np.hypot(one.x - spot[0], one.y - spot[1])), one.number) for one in found.sites
    )
    assert distance < 6
    return number


def test_vents_are_found_with_their_evidence(workspace: Workspace, place: int) -> None:
    set_times(workspace, {f"p{n}": f"2026-05-0{n}" for n in range(1, 5)}, ADA)
    found = place_sites(workspace, place)
    assert len(found.sites) == 3
    assert len({number_at(found, vent) for vent in VENTS}) == 3
    second = next(one for one in found.sites if one.number == number_at(found, VENTS[1]))
    assert (second.n, second.m) == (3, 4)
    assert second.rate == pytest.approx(0.75)
    assert 0.2 < second.rate_low < 0.75 < second.rate_high < 1
    assert second.first_seen is not None
    assert second.first_seen.startswith("2026-05-01")
    assert second.last_seen is not None
    assert second.last_seen.startswith("2026-05-03")
    assert (second.longitude, second.area_km2) == (None, None)


def test_a_pass_without_masks_does_not_count(workspace: Workspace, place: int, tmp_path: Path) -> None:
    before = [(one.number, one.n, one.m) for one in refresh_sites(workspace, place).sites]
    write_pass(tmp_path / "later", "p5", 0)
    folder, options = tmp_path / "later", ImportOptions(columns=COLUMNS)
    import_folder(workspace, folder / "images", None, options, ADA)
    places.add_passes(workspace, place, ["p5"], ADA)
    after = place_sites(workspace, place)
    assert [(one.number, one.n, one.m) for one in after.sites] == before
    fifth = next(one for one in after.data.passes if one.scene.name == "p5").scene
    assert {(len(one.covering), len(one.examined)) for one in after.sites} == {(5, 4)}
    tile = layout(workspace, fifth.id).tiles[0]  # with the first vent
    assert tile.number == 0
    save_mask(
        workspace,
        tile.id,
        np.zeros((64, 64), np.uint8),
        "save",
        actor=ADA,
        base_revision_id=None,
        request_id="fifth-1",
    )
    counts = {one.number: (one.n, one.m) for one in place_sites(workspace, place).sites}
    first = number_at(after, VENTS[0])
    assert counts == {number: (n, m + (number == first)) for number, n, m in before}


def test_reading_sites_stores_nothing_and_the_refresh_keeps_their_numbers(
    workspace: Workspace, place: int
) -> None:
    scene = load_place(workspace, place).passes[0].scene
    tile_id = layout(workspace, scene.id).tiles[0].id
    before = workspace.store.version()
    read = place_sites(workspace, place)
    place_document(workspace, place, ADA)
    tile_sites(workspace, tile_id, ADA)
    assert queue(workspace, order="expected_here") == []
    assert workspace.store.version() == before
    assert {site.id for site in read.sites} == {None}
    stored = refresh_sites(workspace, place)
    assert positions(stored) == positions(read)
    assert all(site.id for site in stored.sites)
    assert len(queue(workspace, order="expected_here")) == 1
    assert place_sites(workspace, place) is stored
    after = workspace.store.version()
    assert refresh_sites(workspace, place) is stored
    assert workspace.store.version() == after


def test_a_change_by_number_reaches_a_site_that_was_only_read(workspace: Workspace, place: int) -> None:
    site = place_sites(workspace, place).sites[1]
    sites.rank_site(workspace, place, site.number, "high", ADA)
    ranked = next(one for one in place_sites(workspace, place).sites if one.rank == "high")
    assert (ranked.number, ranked.x, ranked.y) == (site.number, site.x, site.y)


def test_numbers_stay_when_masks_change(workspace: Workspace, place: int) -> None:
    before = refresh_sites(workspace, place)
    scene = next(one for one in before.data.passes if one.scene.name == "p1").scene
    tile = next(one for one in layout(workspace, scene.id).tiles if one.number == 2)  # holds the second vent
    mask = np.zeros((64, 64), np.uint8)
    save_mask(
        workspace,
        tile.id,
        mask,
        "accept",
        actor=ADA,
        base_revision_id=head(workspace, tile.id),
        request_id="again-1",
    )
    after = place_sites(workspace, place)
    assert after.version != before.version
    assert positions(after).keys() == positions(before).keys()
    assert place_sites(workspace, place) is after


def head(workspace: Workspace, tile_id: int) -> int | None:
    with workspace.store.reading() as session:
        found = revisions.history(session, tile_id)
        assert scenes.get_tile(session, tile_id).head_revision_id == (found[0].id if found else None)
        return found[0].id if found else None


def test_a_rank_and_a_note_are_revisions_and_can_be_undone(workspace: Workspace, place: int) -> None:
    number = place_sites(workspace, place).sites[0].number
    sites.rank_site(workspace, place, number, "high", ADA, reason="no platform near")
    sites.note_site(workspace, place, number, "  seen by divers ", BOB)
    site = place_sites(workspace, place).sites[0]
    assert (site.rank, site.note, site.changed_by) == ("high", "seen by divers", "bob")
    newest, oldest = sites.history(workspace, place)
    assert (newest.action, newest.author, oldest.reason) == ("note", "bob", "no platform near")
    assert sites.undo_change(workspace, place, ADA) == "note"
    assert place_sites(workspace, place).sites[0].note == ""
    assert sites.undo_change(workspace, place, ADA) == "rank"
    assert sites.undo_change(workspace, place, ADA) is None
    assert {one.undone_by for one in sites.history(workspace, place)} == {"ada"}


def test_sites_are_merged_and_undo_restores_both(workspace: Workspace, place: int) -> None:
    before = place_sites(workspace, place)
    one, other = number_at(before, VENTS[0]), number_at(before, VENTS[2])
    sites.rank_site(workspace, place, max(one, other), "low", ADA)
    assert sites.merge_sites(workspace, place, [one, other], ADA) == min(one, other)
    merged = place_sites(workspace, place)
    assert positions(merged).keys() == positions(before).keys() - {max(one, other)}
    kept = next(site for site in merged.sites if site.number == min(one, other))
    assert kept.n == 4  # at most one slick per pass
    assert kept.rank == "low"
    assert sites.undo_change(workspace, place, ADA) == "merge"
    assert positions(place_sites(workspace, place)).keys() == positions(before).keys()


def test_no_new_site_appears_where_a_merged_one_was(workspace: Workspace, tmp_path: Path) -> None:
    far = ((60, 50), (190, 140))
    names = [f"p{number}" for number in range(1, 10)]
    for number, name in enumerate(
        names
    ):  # slicks begin less exactly at the first site, so the second takes its passes
        shift = (-8, 0, 8)[number % 3]
        write_pass(tmp_path, name, number, vents=((far[0][0] + shift, far[0][1]), far[1]))
    options = ImportOptions(columns=COLUMNS, reviewed=True)
    import_folder(workspace, tmp_path / "images", tmp_path / "masks", options, ADA)
    place = places.create_place(workspace, "Bay", names, ADA).place.id
    before = place_sites(workspace, place)
    one, other = (number_at(before, spot) for spot in far)
    kept = sites.merge_sites(workspace, place, [one, other], ADA)
    for _ in range(2):
        detection._results.clear()  # detected again, as in another process
        merged = place_sites(workspace, place)
        assert [(site.number, site.n) for site in merged.sites] == [(kept, len(names))]
    assert sites.undo_change(workspace, place, ADA) == "merge"
    detection._results.clear()
    again = place_sites(workspace, place)
    assert [number_at(again, spot) for spot in far] == [one, other]
    assert positions(again) == positions(before)


def test_a_moved_site_stays_where_it_was_put(workspace: Workspace, place: int) -> None:
    found = place_sites(workspace, place)
    number = number_at(found, VENTS[1])
    sites.move_site(workspace, place, number, (195, 65), ADA)
    assert positions(place_sites(workspace, place))[number] == (195, 65)
    moved = next(one for one in place_sites(workspace, place).sites if one.number == number)
    assert moved.n == 3
    with pytest.raises(SettingsError, match="outside place Bay"):
        sites.move_site(workspace, place, number, (900, 65), ADA)
    with pytest.raises(
        SettingsError, match=r"^\(−2, −42\) is outside place Bay, x 0 to 256 and y 0 to 192\."
    ):
        sites.add_site(workspace, place, (-2, -42), ADA)


def test_a_site_is_added_removed_and_split(workspace: Workspace, place: int) -> None:
    found = place_sites(workspace, place)
    number = sites.add_site(workspace, place, (30, 150), ADA, reason="known well")
    added = next(one for one in place_sites(workspace, place).sites if one.number == number)
    assert (added.n, added.m) == (0, 4)
    gone = number_at(found, VENTS[0])
    sites.remove_site(workspace, place, gone, ADA)
    left = place_sites(workspace, place)
    assert gone not in positions(left)
    assert all(np.hypot(one.x - VENTS[0][0], one.y - VENTS[0][1]) > 20 for one in left.sites)
    assert sites.undo_change(workspace, place, ADA) == "remove"
    new = sites.split_site(workspace, place, gone, ADA)
    parts = place_sites(workspace, place)
    by_number = {one.number: one for one in parts.sites}
    assert by_number[gone].n + by_number[new].n == 4
    with pytest.raises(SettingsError, match="cannot be split"):
        sites.split_site(workspace, place, number, ADA)
    with pytest.raises(MissingError, match="no site 99"):
        sites.rank_site(workspace, place, 99, "high", ADA)
    with pytest.raises(SettingsError, match="Unknown rank"):
        sites.rank_site(workspace, place, new, "sure", ADA)


def test_a_merged_place_keeps_the_changes_of_both(workspace: Workspace, place: int, tmp_path: Path) -> None:
    number = place_sites(workspace, place).sites[0].number
    sites.rank_site(workspace, place, number, "high", ADA)
    other = places.split_place(workspace, place, ["p4"], "North", ADA)
    added = sites.add_site(workspace, other.place.id, (30, 150), ADA)
    with pytest.raises(SettingsError, match="changes by analysts"):
        places.delete_place(workspace, other.place.id, ADA)
    places.merge_places(workspace, place, other.place.id, ADA)
    found = place_sites(workspace, place)
    ranks = {one.number: one.rank for one in found.sites}
    assert ranks[number] == "high"
    assert any((one.x, one.y) == (30, 150) and one.number > added for one in found.sites)


def test_sites_do_not_need_a_known_grid(workspace: Workspace, tmp_path: Path) -> None:
    import_passes(workspace, tmp_path / "place", ("p1", "p2"))
    place = places.create_place(workspace, "Two", ["p1", "p2"], ADA).place
    assert place_sites(workspace, place.id).sites == ()  # two passes are too few
    places.set_detection(workspace, place.id, 15, 2, ADA)
    assert len(place_sites(workspace, place.id).sites) == 3


def test_tiles_say_what_is_expected_and_what_is_new(workspace: Workspace, place: int) -> None:
    found = refresh_sites(workspace, place)
    number = number_at(found, VENTS[1])
    scene = next(one.scene for one in found.data.passes if one.scene.name == "p4")
    with workspace.store.reading() as session:
        tiles = {one.number: one for one in scenes.tiles_of_scene(session, scene.id)}
    expected = [one for one in tiles.values() if one.expected_here is not None]
    assert len(expected) == 1
    assert expected[0].expected_here == pytest.approx(0.75)
    assert expected[0].site_note == f"Site {number}: a slick in 3 of 4 passes, none here"
    mask = np.zeros((64, 64), np.uint8)
    mask[40:44, 10:50] = 2
    tile = next(one for one in tiles.values() if one.number == 8)  # lower left, far from the vents
    save_mask(
        workspace,
        tile.id,
        mask,
        "save",
        actor=ADA,
        base_revision_id=tile.head_revision_id,
        request_id="new-slick",
    )
    refresh_sites(workspace, place)
    with workspace.store.reading() as session:
        changed = scenes.get_tile(session, tile.id)
    assert changed.new_here is not None
    assert changed.new_here > 2
    assert "px from the nearest site" in (changed.site_note or "")
    (item,) = queue(workspace, order="expected_here")
    assert (item.id, item.value, item.reason) == (expected[0].id, pytest.approx(0.75), expected[0].site_note)
    assert [(one.id, one.reason) for one in queue(workspace, order="new_here")] == [
        (tile.id, changed.site_note)
    ]
    assert queue(workspace, order="name")[0].reason is None


def test_the_orders_by_sites_need_a_place(workspace: Workspace, passes: list[str]) -> None:
    assert not {"expected_here", "new_here"} & available_orders(workspace).keys()
    places.create_place(workspace, "Bay", passes, ADA)
    assert {"expected_here", "new_here"} <= available_orders(workspace).keys()


def test_a_place_with_a_new_name_or_of_an_earlier_id_is_not_the_one_before(
    workspace: Workspace, place: int
) -> None:
    assert place_sites(workspace, place).data.place.name == "Bay"
    places.rename_place(workspace, place, "Gulf", ADA)
    assert place_sites(workspace, place).data.place.name == "Gulf"
    places.delete_place(workspace, place, ADA)
    again = places.create_place(workspace, "Gulf", ["p1", "p2", "p3", "p4"], ADA).place.id
    number = place_sites(workspace, again).sites[0].number
    sites.rank_site(workspace, again, number, "high", ADA)
    assert place_sites(workspace, again).sites[0].rank == "high"


def test_sites_that_two_requests_detect_at_once_get_one_number(
    workspace: Workspace, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    load_place(workspace, place)  # what is derived from the masks is not what this test is about
    both = Barrier(2, timeout=60)

    def together(*args: Any) -> list[Site]:
        both.wait()
        return detect_sites(*args)

    with monkeypatch.context() as patch:
        patch.setattr(detection, "detect_sites", together)
        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(lambda _: refresh_sites(workspace, place), range(2))
    assert [(one.id, one.number) for one in first.sites] == [(one.id, one.number) for one in second.sites]
    assert place_sites(workspace, place).version == first.version == second.version


def test_a_change_during_the_detection_counts(
    workspace: Workspace, place: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    number = place_sites(workspace, place).sites[0].number
    set_times(workspace, {"p1": "2026-05-01"}, ADA)  # so that sites are detected again

    def meanwhile(*args: Any) -> list[Site]:
        patch.undo()
        set_times(workspace, {"p1": "2026-05-09"}, ADA)
        sites.rank_site(workspace, place, number, "low", ADA)
        return detect_sites(*args)

    with monkeypatch.context() as patch:
        patch.setattr(detection, "detect_sites", meanwhile)
        place_sites(workspace, place)
    after = place_sites(workspace, place)
    assert after.sites[0].rank == "low"
    assert [one.scene.name for one in after.data.passes] == ["p1", "p2", "p3", "p4"]
    assert (after.data.passes[0].scene.acquired_at or "").startswith("2026-05-09")


def test_an_undone_site_does_not_keep_the_detection_running(workspace: Workspace, place: int) -> None:
    sites.add_site(workspace, place, (200.0, 160.0), ADA)
    sites.undo_change(workspace, place, ADA)
    assert place_sites(workspace, place) is place_sites(workspace, place)
