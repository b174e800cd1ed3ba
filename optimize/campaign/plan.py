"""What a campaign consists of: one complete configuration per run, checked before any starts."""

from __future__ import annotations

import copy
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from optimize.config.campaign import CampaignSetting
from optimize.config.faults import Fault, Location, Source
from optimize.config.overrides import load_source
from optimize.config.run_config import RunConfig, build_config
from optimize.config.study import check, read_study
from optimize.config.traits import OPTIONS, TRAITS


@dataclass(frozen=True)
class Task:
    """One run of a campaign."""

    name: str
    scenario: str
    algorithm: str
    seed: int
    block: int
    config: RunConfig


@dataclass(frozen=True)
class Plan:
    """A campaign: its settings in full, and its runs in order."""

    name: str
    resolved: dict[str, Any]
    tasks: tuple[Task, ...]

    @property
    def digest(self) -> str:
        """First 8 hex digits of the hash over every setting; it names the folder."""
        text = json.dumps(self.resolved, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:8]

    @property
    def scenarios(self) -> tuple[str, ...]:
        """The scenarios in the order asked for."""
        return tuple(dict.fromkeys(task.scenario for task in self.tasks))

    @property
    def algorithms(self) -> tuple[str, ...]:
        """The algorithms in the order asked for."""
        return tuple(dict.fromkeys(task.algorithm for task in self.tasks))


def make_plan(path: str, overrides: Sequence[str], flags: Mapping[str, tuple[str, Any]]) -> Plan:
    """Return the campaign of a configuration file.

    Parameters
    ----------
    path
        Configuration, with a ``campaign`` section or without.
    overrides
        ``KEY=VALUE`` as for a run.
    flags
        Key of the section to the option as typed and its value, which replaces the key.

    Raises
    ------
    ConfigError
        With every fault of the file and of every run it would give, each at its place.
    """
    source = load_source(path, overrides)
    _put_flags(source, flags)
    base, _ = read_study(_first(source))
    setting = build_config(source).campaign or CampaignSetting()
    _refuse_repeats(source, setting)
    if setting.future_blocks > 1 and base.uncertainty is None:
        raise source.error(
            [Fault(("campaign", "future_blocks"), "needs an 'uncertainty' section to draw from")]
        )
    seeds = _seeds(setting, base)
    scenarios = setting.scenarios or (base.scenario,)
    algorithms = setting.algorithms or (base.algorithm.name,)
    tasks = [
        task
        for i, scenario in enumerate(scenarios)
        for j, algorithm in enumerate(algorithms)
        for task in _variant(source, setting, seeds, (i, scenario), (j, algorithm))
    ]
    resolved = {
        **base.resolved(),
        "campaign": {
            "seeds": list(seeds),
            "scenarios": list(scenarios),
            "algorithms": list(algorithms),
            "future_blocks": setting.future_blocks,
        },
    }
    return Plan(base.name, resolved, tuple(tasks))


def _put_flags(source: Source, flags: Mapping[str, tuple[str, Any]]) -> None:
    """Replace keys of the section by options; a fault then names the option."""
    section = source.data.get("campaign")
    if not flags or not (section is None or isinstance(section, dict)):
        return
    source.data["campaign"] = section = dict(section or {})
    source.places.setdefault(("campaign",), (1, 1))
    for key, (origin, value) in flags.items():
        section[key] = value
        location: Location = ("campaign", key)
        source.places = {at: place for at, place in source.places.items() if at[:2] != location}
        source.origins[location] = origin


def _first(source: Source) -> Source:
    """Return the source with the campaign's first scenario and algorithm, where named."""
    section = source.data.get("campaign")
    first = {
        key: names[0]
        for key in ("scenarios", "algorithms")
        if isinstance(section, dict) and isinstance(names := section.get(key), list) and names
    }
    return _changed(source, first.get("scenarios"), first.get("algorithms"), (0, 0))


def _changed(source: Source, scenario: Any, algorithm: Any, at: tuple[int, int]) -> Source:
    """Return the source of one scenario and algorithm; faults are placed in the section."""
    data = copy.deepcopy(source.data)
    variant = replace(source, data=data, places=dict(source.places), origins=dict(source.origins))
    if scenario is not None:
        data["scenario"] = scenario
        _trace(variant, ("scenario",), ("campaign", "scenarios", at[0]))
    if algorithm is not None:
        section = data.setdefault("algorithm", {})
        if not isinstance(section, dict):
            return variant
        section["name"] = algorithm
        _trace(variant, ("algorithm", "name"), ("campaign", "algorithms", at[1]))
        if algorithm in TRAITS:  # settings of one method mean nothing to another
            foreign = set(OPTIONS) - TRAITS[algorithm].options
            data["algorithm"] = {k: v for k, v in section.items() if k not in foreign}
    return variant


def _trace(source: Source, key: Location, cause: Location) -> None:
    """Let a fault of ``key`` point at ``cause``, which set it."""
    source.origins.pop(key, None)
    source.places.pop(key, None)
    located = source.locate(Fault(cause, ""))
    if located.origin is not None:
        source.origins[key] = located.origin
    elif located.place is not None:
        source.places[key] = located.place


def _refuse_repeats(source: Source, setting: CampaignSetting) -> None:
    """Refuse a seed, scenario or algorithm named twice: both would be the same run."""
    faults = []
    for key in ("seeds", "scenarios", "algorithms"):
        entries = getattr(setting, key)
        if isinstance(entries, tuple):
            for position, entry in enumerate(entries):
                if entry in entries[:position]:
                    location: Location = ("campaign", key, position)
                    faults.append(Fault(location, f"'{entry}' appears twice"))
    if faults:
        raise source.error(faults)


def _seeds(setting: CampaignSetting, base: RunConfig) -> tuple[int, ...]:
    if isinstance(setting.seeds, int):
        first = base.algorithm.seed
        return tuple(range(first, first + setting.seeds))
    return setting.seeds


def _variant(
    source: Source,
    setting: CampaignSetting,
    seeds: Sequence[int],
    scenario: tuple[int, str],
    algorithm: tuple[int, str],
) -> list[Task]:
    """Return the tasks of one scenario and algorithm, their configuration checked once."""
    names = (
        scenario[1] if setting.scenarios else None,
        algorithm[1] if setting.algorithms else None,
    )
    variant = _changed(source, *names, (scenario[0], algorithm[0]))
    config, _ = read_study(variant)
    width = max(2, len(str(max(seeds))))
    digits = max(2, len(str(setting.future_blocks)))
    tasks = []
    for seed in seeds:
        for block in range(1, setting.future_blocks + 1):
            label = f"{file_name(scenario[1])}-{algorithm[1]}-seed{seed:0{width}d}"
            if setting.future_blocks > 1:
                label += f"-block{block:0{digits}d}"
            run = _with_seeds(config, seed, block)
            tasks.append(Task(label, scenario[1], algorithm[1], seed, block, run))
    return tasks


def _with_seeds(config: RunConfig, seed: int, block: int) -> RunConfig:
    """Return the configuration of one run; every block of futures is drawn with a seed of its own.

    Independent scramblings of the Sobol points are replicates of each other, so how far blocks
    disagree is an estimate of the sampling error.
    """
    algorithm = config.algorithm.model_copy(update={"seed": seed})
    uncertainty = config.uncertainty
    if uncertainty is not None:
        uncertainty = uncertainty.model_copy(update={"seed": uncertainty.seed + block - 1})
    changes = {"algorithm": algorithm, "uncertainty": uncertainty, "campaign": None}
    return config.model_copy(update=changes)


def file_name(text: str) -> str:
    """Return text fit for a folder's name; changed text gets a hash, so none are confused.

    Examples
    --------
    >>> file_name("2030"), file_name("a/b")
    ('2030', 'a_b.c14cddc0')
    """
    plain = re.sub(r"[^A-Za-z0-9._]", "_", text)
    if plain == text:
        return plain
    return f"{plain}.{hashlib.sha256(text.encode()).hexdigest()[:8]}"


def config_of(data: dict[str, Any]) -> tuple[RunConfig, Any]:
    """Return configuration and study from resolved data, as a worker gets it."""
    source = Source("config.yaml", data)
    config = build_config(source)
    return config, check(config, source)
