"""A square grid on the ground to which images of any geometry can be warped."""

from seep.core.geo.georeference import Georeference


def utm_grid(lon: float, lat: float, pixel_m: float) -> Georeference:
    """Return a north-up grid of square pixels in the UTM zone of a point, or UPS near the poles.

    Args:
        lon: of the upper left corner of pixel (0, 0), degrees.
        lat: of the same corner, degrees.
        pixel_m: side of a pixel in meters of the projection.
    """
    if abs(lat) > 84:
        crs = "EPSG:32661" if lat > 0 else "EPSG:32761"
    else:
        zone = min(int((lon + 180) % 360 // 6) + 1, 60)
        crs = f"EPSG:{(32600 if lat >= 0 else 32700) + zone}"
    x, y = Georeference(crs, (1.0, 0.0, 0.0, 0.0, 1.0, 0.0)).from_lonlat([lon], [lat])
    return Georeference(crs, (pixel_m, 0.0, float(x[0]), 0.0, -pixel_m, float(y[0])))
