"""Storage that fails for a moment costs a campaign another try, not a run."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from optimize.campaign import cluster, local
from optimize.campaign.task import FAILED, FINISHED, Ending, Job
from optimize.utils.signals import Interrupt

#: How often each job was tried: Dask hands functions over by name, within this process.
TRIES: Counter[str] = Counter()

Runner = Callable[[int], list[Ending]]


def jobs(faults: int) -> list[Job]:
    common = {"session": "s", "config": {}, "place": "", "faults": faults}
    return [{"name": name, **common} for name in ("one", "two")]


def carried_out(job: Job) -> Ending:
    """Fail as often as the job says, then not any more."""
    TRIES[job["name"]] += 1
    if TRIES[job["name"]] <= job["faults"]:
        raise OSError(5, "Input/output error")
    return {"name": job["name"], "status": FINISHED}


def on_this_machine(faults: int) -> list[Ending]:
    endings: list[Ending] = []
    local.Workers(2, processes=False).carry_out(jobs(faults), endings.append, Interrupt())
    return endings


def on_a_cluster(faults: int) -> list[Ending]:
    distributed = pytest.importorskip("distributed")
    endings: list[Ending] = []
    place = {"protocol": "tcp", "dashboard_address": None, "processes": False}
    with (
        warnings.catch_warnings(action="ignore"),
        distributed.LocalCluster(n_workers=1, threads_per_worker=1, **place) as running,
    ):
        own = cluster.Cluster(running.scheduler_address)
        own.carry_out(jobs(faults), endings.append, Interrupt())
    return endings


@pytest.fixture(params=[on_this_machine, on_a_cluster])
def ended(request: Any, monkeypatch: pytest.MonkeyPatch) -> Runner:
    TRIES.clear()
    monkeypatch.setattr(local, "carry_out", carried_out)
    monkeypatch.setattr(cluster, "carry_out", carried_out)
    monkeypatch.setattr(cluster, "require_same_model", lambda *_: None)
    runner: Runner = request.param
    return runner


def test_a_job_that_fails_twice_is_carried_out_in_the_end(ended: Runner) -> None:
    assert {ending["status"] for ending in ended(2)} == {FINISHED}
    assert TRIES == {"one": 3, "two": 3}


def test_a_job_that_always_fails_is_given_up_and_told(ended: Runner) -> None:
    endings = ended(100)
    assert {ending["name"] for ending in endings} == {"one", "two"}
    assert {ending["status"] for ending in endings} == {FAILED}
    assert all("Input/output error" in ending["reason"] for ending in endings)
    assert TRIES == {"one": 3, "two": 3}
