"""Where a study is kept, as text: what is accepted, and how it is shown without its password.

Needs neither Optuna nor SQLAlchemy, so a configuration is judged at once.
"""

from __future__ import annotations

import importlib.util
import re

SQLITE = "sqlite"
FILE_NAME = "study.sqlite"
_SERVERS = ("postgresql://", "postgresql+psycopg://")
_USER_PASSWORD = re.compile(r"(://[^/\s:@]*):[^\s/]*@")
_OPTION_PASSWORD = re.compile(r"([?&](?:ssl)?password=)[^&\s]*", re.IGNORECASE)


def without_password(text: str) -> str:
    """Return a text, such as an address or a whole command, without passwords of addresses.

    Examples
    --------
    >>> without_password("postgresql://ada:secret@db/designs?password=too")
    'postgresql://ada@db/designs?password='
    """
    return _OPTION_PASSWORD.sub(r"\1", _USER_PASSWORD.sub(r"\1@", text))


def is_server(address: str) -> bool:
    """Return whether an address is that of a database server.

    Examples
    --------
    >>> is_server("postgresql://db/designs"), is_server("sqlite")
    (True, False)
    """
    return address.startswith(_SERVERS)


def address_fault(address: str) -> str | None:
    """Return what is wrong with ``algorithm.storage``; None when nothing is.

    Examples
    --------
    >>> address_fault("sqlite")
    >>> address_fault("mysql://u:p@db/x")
    "expected 'sqlite' or 'postgresql://user@host/database', got 'mysql://u@db/x'"
    """
    if address != SQLITE and not is_server(address):
        shown = without_password(address)
        return f"expected 'sqlite' or 'postgresql://user@host/database', got '{shown}'"
    if is_server(address) and importlib.util.find_spec("psycopg") is None:
        return "a PostgreSQL storage needs psycopg: pip install 'heliofront[postgresql]'"
    return None
