"""Sites of a place and what its passes say about them."""

from dataclasses import dataclass
from functools import cached_property

from seep.workflow.places.place_data import PlaceData


@dataclass(frozen=True)
class SiteSlick:
    """A slick that begins at a site.

    Attributes:
        scene_id: of its pass.
        slick: number of the slick in its pass; see `PassSlick`.
        origin_end: which of its two ends is at the site, 0 or 1.
    """

    scene_id: int
    slick: int
    origin_end: int


@dataclass(frozen=True)
class SiteEvidence:
    """A site and what the passes say about it; positions are pixels of the place.

    Attributes:
        id: of the site; None until it is stored.
        number: of the site in its place, from 1; it stays when masks change.
        x: center.
        y: center.
        longitude: degrees; None without a georeference.
        latitude: degrees; None without a georeference.
        n: passes with a slick that begins there.
        m: passes with valid pixels, a mask and a usable wind there, or with a slick.
        rate: n / m, 0 to 1.
        rate_low: lower end of the 95 % Wilson interval.
        rate_high: upper end.
        first_seen: acquisition time of the first such pass, else its name; None without one.
        last_seen: the same of the last one.
        drift_deg: mean direction of the slicks away from the site, degrees clockwise from north, or from the top of
            the image without a georeference; None where directions cancel out.
        drift_spread_deg: circular standard deviation, degrees.
        area_px: median area of the slicks, pixels; None without slicks.
        area_km2: the same on the ground; None without a georeference.
        length_px: median length of the slicks, pixels.
        length_km: the same on the ground.
        rank: "high", "medium", "low", or "" if no analyst set it.
        note: of an analyst.
        slicks: those that begin at the site.
        covering: scene ids of the passes with valid pixels there, by acquisition time.
        examined: those of them that `m` counts.
        changed_by: analyst who changed the site last; None if it is only detected.
        changed_at: when.
    """

    id: int | None
    number: int
    x: float
    y: float
    longitude: float | None
    latitude: float | None
    n: int
    m: int
    rate: float
    rate_low: float
    rate_high: float
    first_seen: str | None
    last_seen: str | None
    drift_deg: float | None
    drift_spread_deg: float | None
    area_px: float | None
    area_km2: float | None
    length_px: float | None
    length_km: float | None
    rank: str
    note: str
    slicks: tuple[SiteSlick, ...]
    covering: tuple[int, ...]
    examined: tuple[int, ...]
    changed_by: str | None
    changed_at: str | None


@dataclass(frozen=True, eq=False)
class PlaceSites:
    """The sites of a place.

    Attributes:
        data: the place and its passes.
        sites: by number.
        version: name for the state of masks, passes, settings and analysts' changes.
    """

    data: PlaceData
    sites: tuple[SiteEvidence, ...]
    version: str

    def site_of(self, scene_id: int, slick: int) -> SiteEvidence | None:
        """Return the site at which a slick begins; None if it belongs to none."""
        return self._by_slick.get((scene_id, slick))

    @cached_property
    def _by_slick(self) -> dict[tuple[int, int], SiteEvidence]:
        return {(one.scene_id, one.slick): site for site in self.sites for one in site.slicks}
