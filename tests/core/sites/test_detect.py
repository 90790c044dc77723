import numpy as np
import pytest

from seep.core.sites.detect import SiteSettings, detect_sites, mean_direction
from seep.core.sites.slick_ends import SlickEnds, find_slick_ends
from seep.core.synthesis.place import synthesize_place


def slick(x: float, y: float, angle_deg: float, length: float = 80, flip: bool = False) -> SlickEnds:
    angle = np.radians(angle_deg)
    ends = np.array([[x, y], [x + length * np.cos(angle), y + length * np.sin(angle)]])
    return SlickEnds(ends[::-1] if flip else ends, 200, 1, (1,))


def star(x: float, y: float, passes: int = 5) -> list[list[SlickEnds]]:
    """One slick per pass that begins at a point and turns from pass to pass."""
    return [[slick(x + number % 3, y, 70.0 * number, flip=number % 2 == 1)] for number in range(passes)]


def test_slicks_that_begin_at_one_point_make_a_site() -> None:
    (site,) = detect_sites(star(200, 300))
    assert (site.x, site.y) == pytest.approx((201, 300), abs=1)
    assert len(site.detections) == 5
    assert [one.origin_end for one in site.detections] == [0, 1, 0, 1, 0]
    assert (len(site.covering), site.rate) == (5, 1.0)
    assert site.rate_interval[0] == pytest.approx(0.566, abs=0.01)


def test_two_passes_are_too_few_by_default() -> None:
    assert detect_sites(star(200, 300, passes=2)) == []
    assert len(detect_sites(star(200, 300, passes=2), SiteSettings(min_passes=2))) == 1


def test_few_slicks_have_to_begin_close_together() -> None:
    """Ends of three passes that lie far apart within the radius meet by chance; those of four passes are enough."""
    corners = [(200, 286.5), (188.3, 306.7), (211.7, 306.7), (200, 300)]
    passes = [[slick(x, y, angle)] for (x, y), angle in zip(corners, (270, 150, 30, 90), strict=True)]
    assert detect_sites(passes[:3], SiteSettings(radius=24)) == []
    assert len(detect_sites(passes, SiteSettings(radius=24))) == 1
    assert len(detect_sites(passes[:3], SiteSettings(radius=40))) == 1


def test_a_slick_supports_one_site_only() -> None:
    """The far ends of parallel slicks meet too, but a slick has one source."""
    passes = [[slick(100 + number, 100, 5.0 * number)] for number in range(4)]
    assert len(detect_sites(passes)) == 1


def test_the_rate_counts_covering_passes_only() -> None:
    passes = [*star(200, 300), [], []]
    (site,) = detect_sites(passes, covers=lambda number, points: np.full(len(points), number != 6))
    assert site.covering == (0, 1, 2, 3, 4, 5)
    assert site.rate == pytest.approx(5 / 6)


def test_the_drift_of_a_pass_decides_which_end_is_the_source() -> None:
    """In each pass all slicks drift alike; a slick that ends where others begin is not counted there."""
    vents = [(100.0, 100.0), (400.0, 120.0), (130.0, 420.0), (420.0, 400.0)]
    angles = [0.0, 80.0, 200.0, 290.0]
    passes = [[slick(x, y, angle) for x, y in vents] for angle in angles]
    passes[0].append(slick(20, 100, 0))  # ends at the first vent
    sites = detect_sites(passes)
    assert sorted((round(one.x), round(one.y)) for one in sites) == sorted((int(x), int(y)) for x, y in vents)
    assert all(one.slick_index < 4 for site in sites for one in site.detections)


def test_the_drift_is_the_mean_direction_with_y_upward() -> None:
    passes = [[slick(100, 100, angle)] for angle in (80.0, 90.0, 100.0)]
    (site,) = detect_sites(passes)
    assert site.drift_deg == pytest.approx(-90, abs=0.1)
    assert site.drift_spread_deg == pytest.approx(8.2, abs=0.5)


def test_directions_that_cancel_out_have_no_mean() -> None:
    assert mean_direction(np.array([[1.0, 0.0], [-1.0, 0.0]])) == (None, None)
    assert mean_direction(np.zeros((0, 2))) == (None, None)


def test_no_slicks_make_no_sites() -> None:
    assert detect_sites([]) == []
    assert detect_sites([[], [], []]) == []


def test_vents_of_a_synthetic_place_are_found() -> None:
    place = synthesize_place(3, side_px=640, passes=6, vents=5, rates=(0.7, 0.9), lookalikes=False)
    sites = detect_sites([find_slick_ends(scene.mask) for scene in place.passes])
    wanted = [vent for vent in place.vents if len(vent.seen_in) >= 3]
    assert len(wanted) >= 4
    distances = [min(np.hypot(site.x - vent.x, site.y - vent.y) for site in sites) for vent in wanted]
    assert sum(distance <= 20 for distance in distances) >= len(wanted) - 1


def test_the_same_seed_gives_the_same_place() -> None:
    one, other = (synthesize_place(5, side_px=128, passes=2, vents=2) for _ in range(2))
    assert all(np.array_equal(a.image, b.image) for a, b in zip(one.passes, other.passes, strict=True))
    assert not np.array_equal(one.passes[0].image, one.passes[1].image)
