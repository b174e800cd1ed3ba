"""Opening the database of a study: SQLite that survives a power cut, or a PostgreSQL server.

SQLite keeps a write-ahead log and flushes every transaction to the disk. Every transaction takes
the write lock when it begins: Optuna claims a queued trial by reading and then writing it, and
without the lock two processes could both read it before either writes.
"""

from __future__ import annotations

import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning, StorageInternalError
from sqlalchemy import event
from sqlalchemy.exc import SQLAlchemyError

from optimize.config.storage import is_server, without_password
from optimize.run.workers.patient import PatientStorage, reason_of
from optimize.utils.files import REFUSED, RunFolderError

_LOCK_S = 5.0  # a transaction takes milliseconds; a lock that is kept longer is reported
_CONNECT_S = 10
GRACE = 3  # heartbeats missed until a worker counts as lost


def _connection(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=_LOCK_S, isolation_level=None, check_same_thread=False
    )
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    return connection


def _begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def open_storage(address: str, heartbeat_s: int) -> PatientStorage:
    """Open the database of a study; its tables are made when there are none.

    Parameters
    ----------
    address
        Path of a SQLite file, or the address of a PostgreSQL database. Without a password in it,
        ``PGPASSWORD`` or ``~/.pgpass`` give it, as for every client of PostgreSQL.
    heartbeat_s
        Seconds between two heartbeats of a worker; one that misses :data:`GRACE` counts as lost.

    Raises
    ------
    RunFolderError
        When the database cannot be opened (exit code 4), without showing a password.
    """
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    server = is_server(address)
    if server:
        url = "postgresql+psycopg://" + address.partition("://")[2]
        settings: dict[str, Any] = {"pool_pre_ping": True}
        if "connect_timeout" not in address:
            settings["connect_args"] = {"connect_timeout": _CONNECT_S}
    else:
        url = "sqlite:///" + address
        settings = {"creator": partial(_connection, Path(address))}
    with experimental(), storage_errors(address):
        storage = PatientStorage(
            address,
            url,
            engine_kwargs=settings,
            heartbeat_interval=heartbeat_s,
            grace_period=GRACE * heartbeat_s,
        )
        if not server:
            event.listen(storage.engine, "begin", _begin)
    return storage


def close(storage: PatientStorage) -> None:
    """Close all connections; SQLite then keeps a single file."""
    storage.remove_session()
    storage.engine.dispose()


@contextmanager
def experimental() -> Iterator[None]:
    """Use what Optuna calls experimental, such as signs of life and names of objectives."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        yield


@contextmanager
def storage_errors(address: str) -> Iterator[None]:
    """Turn an error of the database into one message with exit code 4."""
    try:
        yield
    except (SQLAlchemyError, StorageInternalError, sqlite3.Error) as error:
        text = f"the storage {address} cannot be used: {reason_of(error)}"
        raise RunFolderError(without_password(text), REFUSED) from None
    except RuntimeError as error:  # tables of another version of Optuna
        if "table schema" not in str(error):
            raise
        text = f"the storage {without_password(address)} was made by another Optuna: {error}"
        raise RunFolderError(text, REFUSED) from None
