"""Signals: remembered, raised, passed on, and told with the way to go on."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path

import pytest

from optimize.utils.signals import (
    Interrupt,
    Stopped,
    as_stopped,
    deferred_signals,
    interrupt_runs,
    resumable,
    signals_held,
    stopped_by_signals,
)

BOTH = (signal.SIGINT, signal.SIGTERM)


def send(number: int) -> None:
    os.kill(os.getpid(), number)


@pytest.mark.promise("R2")
@pytest.mark.parametrize("number", BOTH)
def test_a_signal_is_remembered_and_the_second_one_raised(number: signal.Signals) -> None:
    before = [signal.getsignal(one) for one in BOTH]
    with deferred_signals() as interrupt:
        assert not interrupt.is_asked()
        send(number)
        assert interrupt.signal is number
        with pytest.raises(Stopped) as caught:
            send(number)
        assert caught.value.exit_code == 128 + number
    assert [signal.getsignal(one) for one in BOTH] == before


def test_the_orders_of_a_parent_stay_in_charge() -> None:
    before = signal.getsignal(signal.SIGINT)
    led = Interrupt(patient=True)
    try:
        signal.signal(signal.SIGINT, led)
        send(signal.SIGINT)
        with deferred_signals() as interrupt:
            send(signal.SIGINT)
            assert interrupt is led
            assert interrupt.signal is signal.SIGINT
    finally:
        signal.signal(signal.SIGINT, before)


def test_runs_in_threads_are_asked_by_the_process() -> None:
    seen: list[Interrupt] = []
    begun, go_on = threading.Event(), threading.Event()

    def work() -> None:
        with deferred_signals() as interrupt:
            seen.append(interrupt)
            begun.set()
            go_on.wait(60)

    thread = threading.Thread(target=work)
    thread.start()
    assert begun.wait(60)
    interrupt_runs(signal.SIGTERM)
    go_on.set()
    thread.join()
    assert (seen[0].signal, seen[0].patient) == (signal.SIGTERM, True)
    interrupt_runs(signal.SIGINT)
    assert seen[0].signal is signal.SIGTERM  # done: no longer asked


def test_sigterm_stops_as_sigint_does() -> None:
    with pytest.raises(Stopped) as caught, stopped_by_signals():
        send(signal.SIGTERM)
    assert caught.value.exit_code == 143
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


def test_a_command_that_hands_over_what_it_has_ends_with_the_signal() -> None:
    def command() -> None:
        try:
            send(signal.SIGTERM)
        except KeyboardInterrupt:
            raise SystemExit(130) from None

    with pytest.raises(SystemExit) as ended, stopped_by_signals():
        command()
    assert ended.value.code == 143


def test_held_signals_come_later() -> None:
    with deferred_signals() as interrupt:
        with signals_held():
            signal.raise_signal(signal.SIGTERM)  # to this thread: others do not hold theirs back
            assert not interrupt.is_asked()
        assert interrupt.signal is signal.SIGTERM


def test_the_innermost_folder_is_the_one_to_resume() -> None:
    with pytest.raises(Stopped) as caught, resumable(Path("outer")), resumable(Path("the run")):
        raise KeyboardInterrupt
    assert "heliofront resume 'the run'" in caught.value.message
    assert "SIGINT" in caught.value.message
    assert as_stopped(caught.value) is caught.value
