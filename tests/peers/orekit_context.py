"""Orekit without its data pack: leap seconds from astropy's table, and an Earth of our own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

GM_M3_S2 = 398600.4418e9
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC"
BODIES = (
    "SolarSystemBarycenter Sun Mercury Venus EarthMoonBarycenter Earth Moon Mars Jupiter Saturn "
    "Uranus Neptune Pluto"
)


def start(folder: Path) -> Any:
    """Start the Java machine; return a data context that needs no files but those in ``folder``."""
    import orekit_jpype

    orekit_jpype.initVM()
    from java.io import File
    from org.orekit.data import DataContext, DirectoryCrawler

    (folder / "tai-utc.dat").write_text(leap_seconds())
    default = DataContext.getDefault()
    default.getDataProvidersManager().addProvider(DirectoryCrawler(File(str(folder))))
    return context(default)


def leap_seconds() -> str:
    """Return the leap seconds in the format of the U.S. Naval Observatory."""
    import astropy_iers_data

    text = Path(astropy_iers_data.IERS_LEAP_SECOND_FILE).read_text(encoding="utf-8")
    lines = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            mjd, day, month, year, seconds = line.split()
            name = MONTHS.split()[int(month) - 1]
            lines.append(
                f" {year} {name} {int(day):2d} =JD {float(mjd) + 2400000.5:.1f}"
                f"  TAI-UTC= {float(seconds):10.7f} S + (MJD - 41317.) X 0.0      S"
            )
    return "\n".join(lines) + "\n"


def context(default: Any) -> Any:
    """Return the default context with the Earth as only body; the others need ephemerides."""
    import jpype
    from org.orekit.utils import PVCoordinates, TimeStampedPVCoordinates

    def at_centre(date: Any, frame: Any) -> Any:
        return TimeStampedPVCoordinates(date, PVCoordinates.ZERO)

    earth = jpype.JProxy(
        "org.orekit.bodies.CelestialBody",
        dict={
            "getName": lambda: "EARTH",
            "getGM": lambda: GM_M3_S2,
            "getInertiallyOrientedFrame": lambda: default.getFrames().getGCRF(),
            "getBodyOrientedFrame": lambda: default.getFrames().getGCRF(),
            "getPVCoordinates": at_centre,
            "getPosition": lambda date, frame: PVCoordinates.ZERO.getPosition(),
        },
    )
    bodies = jpype.JProxy(
        "org.orekit.bodies.CelestialBodies",
        dict={
            "getBody": lambda name: earth,
            **{f"get{body}": lambda: earth for body in BODIES.split()},
        },
    )
    return jpype.JProxy(
        "org.orekit.data.DataContext",
        dict={
            "getTimeScales": default.getTimeScales,
            "getFrames": default.getFrames,
            "getCelestialBodies": lambda: bodies,
            "getGravityFields": default.getGravityFields,
            "getGeoMagneticFields": default.getGeoMagneticFields,
        },
    )
