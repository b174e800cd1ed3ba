"""A database that may go away for a while: what is asked of it is asked again until it is back."""

from __future__ import annotations

import functools
import os
import socket
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click
from optuna.exceptions import StorageInternalError
from optuna.storages import RDBStorage
from sqlalchemy import event
from sqlalchemy.exc import (
    DBAPIError,
    InterfaceError,
    OperationalError,
    PendingRollbackError,
    SQLAlchemyError,
)

from optimize.config.storage import without_password
from optimize.utils.signals import Stopped, asked_to_end
from optimize.utils.waiting import after

#: How long a database may be away before those who need it give up.
PATIENCE_S = 300.0
#: Seconds a server may leave a question open before the connection is cut.
STALL_S = 60.0
_TOLD_S = 5.0
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.25, 10.0
_LOOK_S = 0.25  # between two checks for a signal that asks to end
#: What Optuna asks of a database, by itself and through its cache.
_ASKED = (
    "create_new_study",
    "delete_study",
    "set_study_user_attr",
    "set_study_system_attr",
    "get_study_id_from_name",
    "get_study_name_from_id",
    "get_study_directions",
    "get_study_user_attrs",
    "get_study_system_attrs",
    "get_all_studies",
    "get_all_trials",
    "get_trial",
    "get_trial_id_from_study_id_trial_number",
    "set_trial_state_values",
    "set_trial_user_attr",
    "set_trial_system_attr",
    "_create_new_trial",
    "_set_trial_param",
    "_get_trials",
)


class PatientStorage(RDBStorage):
    """Optuna's storage, which asks again with growing pauses while its database is away.

    A question may have been answered although the answer was lost: asked again, it makes a trial
    of a place that has one already, or ends one that has ended, which the ledger allows for.

    Parameters
    ----------
    address
        As people write it, for messages.
    url, settings
        As for :class:`optuna.storages.RDBStorage`.
    """

    def __init__(self, address: str, url: str, **settings: Any) -> None:
        self._address = without_password(address)
        self._away_since: float | None = None
        self._back_at = -float("inf")
        self._telling = threading.Lock()
        self._connections: weakref.WeakSet[Any] = weakref.WeakSet()
        if url.startswith("sqlite"):
            self.patiently(functools.partial(super().__init__, url, **settings))
            return
        super().__init__(url, **settings)  # a mistake in an address is reported at once
        event.listen(self.engine, "connect", lambda opened, _: self._connections.add(opened))
        self.engine.dispose()  # so that no connection is older than the list of them

    @property
    def is_recovering(self) -> bool:
        """Whether the database was away a moment ago, so that a worker's silence tells nothing."""
        return time.monotonic() - self._back_at < float(self.grace_period or 0.0)

    def record_heartbeat(self, trial_id: int) -> None:
        """Record a heartbeat; one that is lost is no error, for another one follows."""
        with suppress(StorageInternalError, SQLAlchemyError), self._watched():
            super().record_heartbeat(trial_id)

    def _get_stale_trial_ids(self, study_id: int) -> list[int]:
        """Return the trials of workers that have been silent for too long."""
        if self.is_recovering:
            return []
        ask = functools.partial(super()._get_stale_trial_ids, study_id)
        stale: list[int] = self.patiently(ask)
        return [] if self.is_recovering else stale

    def patiently(self, ask: Callable[[], Any]) -> Any:
        """Return what the database answers, asking again while it is away.

        Raises
        ------
        StorageInternalError, SQLAlchemyError
            When it is away for too long, or refuses.
        Stopped
            When a signal arrives meanwhile.
        """
        pause_s = _FIRST_PAUSE_S
        while True:
            try:
                with self._watched():
                    return ask()
            except (StorageInternalError, SQLAlchemyError) as error:
                if not _is_away(error) or self._is_given_up():
                    raise
            _pause(pause_s)
            pause_s = min(2.0 * pause_s, _LONGEST_PAUSE_S)

    def _is_given_up(self) -> bool:
        since = self._away_since
        return since is not None and time.monotonic() - since > PATIENCE_S

    @contextmanager
    def _watched(self) -> Iterator[None]:
        """Say once that the database is away, and that it is back; end a wait without an end."""
        silent = f"nothing in {_TOLD_S:g} s"
        try:
            with after(_TOLD_S, lambda: self._note_away(silent)), after(STALL_S, self._cut):
                yield
        except (StorageInternalError, SQLAlchemyError) as error:
            if _is_away(error):
                self._note_away(reason_of(error))
            raise
        self._note_back()

    def _note_away(self, reason: str) -> None:
        with self._telling:
            if self._away_since is None:
                self._away_since = time.monotonic()
                click.echo(
                    f"the storage {self._address} does not answer ({reason}); "
                    f"trying again for at most {PATIENCE_S:g} s",
                    err=True,
                )

    def _note_back(self) -> None:
        with self._telling:
            if self._away_since is not None:
                self._away_since, self._back_at = None, time.monotonic()
                click.echo(f"the storage {self._address} answers again", err=True)

    def _cut(self) -> None:
        """Close the connections from this side: a server that is frozen never does."""
        for connection in tuple(self._connections):
            with (
                suppress(Exception),  # closed meanwhile
                socket.socket(fileno=os.dup(connection.fileno())) as link,
            ):
                link.shutdown(socket.SHUT_RDWR)


def _asking(name: str) -> Callable[..., Any]:
    method = getattr(RDBStorage, name)

    @functools.wraps(method)
    def ask(self: PatientStorage, *args: Any, **kwargs: Any) -> Any:
        return self.patiently(lambda: method(self, *args, **kwargs))

    return ask


for _name in _ASKED:
    setattr(PatientStorage, _name, _asking(_name))


def _pause(seconds: float) -> None:
    """Wait, unless a signal arrives."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        number = asked_to_end()
        if number is not None:
            raise Stopped(number)
        time.sleep(min(_LOOK_S, seconds))


def _is_away(error: Exception) -> bool:
    """Return whether a database is out of reach for now, rather than refusing a request."""
    cause = _cause(error)
    if isinstance(cause, PendingRollbackError):  # it went away within a transaction
        return True
    if not isinstance(cause, DBAPIError):
        return False
    if type(cause.orig).__module__.startswith("sqlite3"):
        return "locked" in str(cause.orig) or "busy" in str(cause.orig)
    return cause.connection_invalidated or isinstance(cause, OperationalError | InterfaceError)


def _cause(error: BaseException) -> BaseException | None:
    return error.__cause__ if isinstance(error, StorageInternalError) else error


def reason_of(error: BaseException) -> str:
    """Return the message of a database in one line."""
    cause = _cause(error)
    return str(getattr(cause, "orig", None) or cause).strip().partition("\n")[0]
