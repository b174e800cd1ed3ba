"""Dates as tools outside CCSDS write them, whatever the language of the machine."""

from __future__ import annotations

from datetime import datetime

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def calendar_date(moment: datetime) -> str:
    """Return day, English month, year and time to the millisecond.

    Examples
    --------
    >>> calendar_date(datetime(2030, 6, 1, 2, 3, 4, 500_000))
    '01 Jun 2030 02:03:04.500'
    """
    time = f"{moment:%H:%M:%S}.{moment.microsecond // 1000:03d}"
    return f"{moment.day:02d} {_MONTHS[moment.month - 1]} {moment.year} {time}"
