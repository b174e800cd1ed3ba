"""The run configuration: strict, frozen models of every stable key.

Loading needs neither numpy nor pymoo; :mod:`optimize.config.overrides` reads the file. Names that
depend on the problem (variables, outputs, assumptions) are checked in :mod:`optimize.config.study`.
"""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any, Literal, NamedTuple

from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    field_validator,
    model_serializer,
    model_validator,
)

from optimize.config.algorithm import AlgorithmSetting
from optimize.config.base import Model, Number
from optimize.config.campaign import CampaignSetting
from optimize.config.faults import Source, faults_of
from optimize.config.storage import without_password
from optimize.config.traits import OPTIONS, SHARED, TRAITS
from optimize.config.uncertainty import UncertaintySetting
from problems.compute_satellite.variants.frozen_declarations import NAME, runnable_versions
from problems.own_model import is_own_name
from problems.parameters.assumptions import WORDS, number_in_force
from problems.spec import OBJECTIVE_LIMIT, SpecError


class EvaluationSetting(Model):
    """What happens when the model hangs, raises or returns what is no number.

    None of it changes a result, only which designs get one: a continuation may have other values.
    """

    timeout_s: float | None = Field(
        default=None,
        gt=0.0,
        le=1e6,
        description="seconds one call of the model may take; a longer one is interrupted and "
        "halved until the designs that hang are found (a call into compiled code ends when it "
        "returns); null: no limit",
    )
    most_failed: float = Field(
        default=0.5,
        gt=0.0,
        le=1.0,
        description="share of all evaluations that may fail before the run stops, from 500 "
        "evaluations on; 1 never stops",
    )


#: Devices on Windows, with any suffix: a run of such a name could not be copied there.
_RESERVED = frozenset(
    ("CON", "PRN", "AUX", "NUL", *(f"{port}{n}" for port in ("COM", "LPT") for n in range(10)))
)


class VariableSetting(Model):
    """Fix, narrow or choose among the values of one variable; one of the three."""

    fix: Number | str | None = None
    lower: Number | None = None
    upper: Number | None = None
    choices: tuple[str, ...] | None = Field(default=None, strict=False)

    @model_validator(mode="after")
    def _one_way(self) -> VariableSetting:
        bounds = self.lower is not None or self.upper is not None
        ways = (self.fix is not None) + bounds + (self.choices is not None)
        if ways != 1:
            raise ValueError("give one of 'fix', 'lower'/'upper' or 'choices'")
        return self


_SENSES = {
    word: sense
    for sense in ("min", "max")
    for word in (f"{sense}imise", f"{sense}imize", f"{sense}imum")
}


class ObjectiveSetting(Model):
    """An output to minimise or maximise; a bare name keeps the declared sense, else ``min``."""

    output: str
    sense: Literal["min", "max"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _bare_name(cls, value: Any) -> Any:
        return {"output": value} if isinstance(value, str) else value

    @field_validator("sense", mode="before")
    @classmethod
    def _in_short(cls, value: Any) -> Any:
        return _SENSES.get(value, value) if isinstance(value, str) else value


class ConstraintSetting(Model):
    """Limits on an output; ``false`` switches a constraint of the problem off."""

    off: bool = False
    lower: Number | None = None
    upper: Number | None = None

    @model_validator(mode="before")
    @classmethod
    def _switched_off(cls, value: Any) -> Any:
        if value is False:
            return {"off": True}
        if value is True:
            raise ValueError("expected 'lower' and/or 'upper', or false to switch it off")
        return value

    @model_validator(mode="after")
    def _some_limit(self) -> ConstraintSetting:
        if not self.off and self.lower is None and self.upper is None:
            raise ValueError("needs 'lower' or 'upper', or false to switch it off")
        return self

    @model_serializer
    def _plain(self) -> Any:
        limits = {"lower": self.lower, "upper": self.upper}
        return False if self.off else {k: v for k, v in limits.items() if v is not None}


class _NoWord(NamedTuple):
    """What is wrong with the word of an assumption, told at its own place."""

    message: str


def _refuse_no_word(value: Any) -> Any:
    if isinstance(value, _NoWord):
        raise ValueError(value.message)
    return value


class AssumptionSetting(Model):
    """An assumption at another value, with the reason why."""

    value: Annotated[Number, BeforeValidator(_refuse_no_word)]
    reason: Annotated[str, Field(min_length=1)]


def _in_numbers(key: str, entry: Any) -> Any:
    """Return the entry of an assumption with the word of a choice as its number."""
    value = entry.get("value") if isinstance(entry, dict) else None
    if key not in WORDS or isinstance(value, bool) or not isinstance(value, str | int | float):
        return entry
    try:
        return {**entry, "value": number_in_force(key, value)}
    except SpecError as error:
        return {**entry, "value": _NoWord(str(error).removeprefix(f"{key}: "))}


class OutputSetting(Model):
    """What a run writes beside the front."""

    evaluations: bool = Field(default=True, description="store every distinct design evaluated")
    figures: bool = Field(default=True, description="draw PNG and SVG figures")
    explorer: bool = Field(default=False, description="write the interactive explorer")


class RunConfig(Model):
    """Everything that defines a run."""

    schema_version: Literal[1] = Field(default=1, description="version of this layout")
    name: str = Field(
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", description="name of the run's folder"
    )
    problem: str = Field(
        default="compute_satellite", description="shipped problem, or module:Class of your own"
    )
    scenario: str = Field(default="2030", description="named set of assumption overrides")
    variables: dict[str, VariableSetting] = Field(
        default_factory=dict, description="variables to fix, narrow or choose among"
    )
    objectives: tuple[ObjectiveSetting, ...] | None = Field(
        default=None,
        strict=False,
        min_length=1,
        max_length=OBJECTIVE_LIMIT,
        description="outputs to minimise or maximise; left out: the problem's own",
    )
    constraints: dict[str, ConstraintSetting] = Field(
        default_factory=dict, description="limits on outputs; the problem's own changed or off"
    )
    assumptions: dict[str, AssumptionSetting] = Field(
        default_factory=dict, description="assumptions at other values, each with its reason"
    )
    catalog: dict[str, dict[str, dict[str, Number | bool | str]]] = Field(
        default_factory=dict,
        description="hardware of your own, each row like one of the catalogue, with its reason",
    )
    cost_boundary: Literal["full", "no_chips", "launch_only"] = Field(
        default="full", description="what cost_per_exaflop_usd includes"
    )
    allow_unverified: bool = Field(
        default=False, description="open catalogue rows whose performance is a guess"
    )
    algorithm: AlgorithmSetting = Field(default_factory=AlgorithmSetting)
    uncertainty: UncertaintySetting | None = Field(
        default=None, description="search on risk measures over many futures; null: nominal numbers"
    )
    evaluation: EvaluationSetting = Field(
        default_factory=EvaluationSetting, description="how much a model may misbehave"
    )
    backend: Literal["auto", "numpy", "llvm", "jax"] = Field(
        default="auto",
        description="engine of the shipped model: llvm compiles it first (extra 'fast'), jax also "
        "for a GPU (extra 'gpu'); auto: llvm where it is installed and saves more than compiling "
        "takes",
    )
    output: OutputSetting = Field(default_factory=OutputSetting)
    campaign: CampaignSetting | None = Field(
        default=None, description="many runs by 'heliofront campaign'; a single run ignores it"
    )

    @field_validator("name")
    @classmethod
    def _possible_everywhere(cls, value: str) -> str:
        if value.split(".")[0].upper() in _RESERVED:
            raise ValueError(f"'{value}' is no possible folder name on Windows; choose another")
        if value.endswith("."):
            raise ValueError("a folder name must not end with a dot (Windows drops it)")
        return value

    @field_validator("problem")
    @classmethod
    def _module_and_class(cls, value: str) -> str:
        if ":" in value and not is_own_name(value):
            raise ValueError(f"'{value}' is no module:Class")
        names = [*runnable_versions()]  # a run folder names the version that was newest then
        return names[-1] if value == NAME and names else value

    @field_validator("assumptions", mode="before")
    @classmethod
    def _words_as_numbers(cls, value: Any) -> Any:
        if not isinstance(value, dict):
            return value
        return {key: _in_numbers(key, entry) for key, entry in value.items()}

    @field_validator("scenario", mode="before")
    @classmethod
    def _year_as_text(cls, value: Any) -> Any:
        return str(value) if isinstance(value, int) and not isinstance(value, bool) else value

    @property
    def is_costly(self) -> bool:
        """Whether a call of the model may take minutes, so that none is made for evidence alone."""
        return self.algorithm.storage is not None or self.evaluation.timeout_s is not None

    @property
    def digest(self) -> str:
        """First 8 hex digits of the hash over every setting."""
        data = self.resolved()
        if self.evaluation == EvaluationSetting():
            del data["evaluation"]  # the hash is that of configurations older than this section
        return _digest(data)

    @property
    def search_digest(self) -> str:
        """The same without the budget: a run may be continued for longer, not differently.

        How long a model may take and how often it may fail is no part of it either.
        """
        data = self._deciding()
        for key in () if TRAITS[self.algorithm.name].scheduled else ("generations", "evaluations"):
            del data["algorithm"][key]
        return _digest(data)

    @property
    def settings_digest(self) -> str:
        """The same with the budget: every setting that a number of a run depends on."""
        return _digest(self._deciding())

    def _deciding(self) -> dict[str, Any]:
        """Return every setting that decides a number."""
        data = self.resolved()
        del data["output"], data["evaluation"]
        for key in SHARED:
            data["algorithm"].pop(key, None)
        return data

    def __repr__(self) -> str:
        search = self.algorithm
        budget = search.evaluations or f"{search.population} x {search.generations}"
        parts = (self.problem, f"scenario {self.scenario}", f"{search.name} {budget}")
        return f"<configuration {self.name}: {', '.join(parts)}>"

    def _repr_html_(self) -> str:
        """Return what a notebook shows: every setting, as the file of a run has it."""
        from html import escape

        from optimize.utils.yaml_text import to_yaml

        return f"<pre>{escape(to_yaml(self.resolved()))}</pre>"

    def resolved(self) -> dict[str, Any]:
        """Return every setting as plain data, enough to repeat the run."""
        data = self.model_dump(mode="json", exclude={"campaign"})
        data["variables"] = {
            name: {key: value for key, value in entry.items() if value is not None}
            for name, entry in data["variables"].items()
        }
        # The hash is that of configurations older than these keys.
        if not self.catalog:
            del data["catalog"]
        if self.backend == "auto":
            del data["backend"]
        for option in OPTIONS:
            if option not in TRAITS[self.algorithm.name].options:
                del data["algorithm"][option]
        _without_secrets(data["algorithm"])
        return data


def _without_secrets(algorithm: dict[str, Any]) -> None:
    """Leave out the password of a storage; without a storage, the options that need one."""
    if algorithm.get("storage") is not None:
        algorithm["storage"] = without_password(algorithm["storage"])
        return
    for option in SHARED:
        algorithm.pop(option, None)


def _digest(data: dict[str, Any]) -> str:
    text = json.dumps(data, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:8]


def build_config(source: Source) -> RunConfig:
    """Return the configuration held by ``source``.

    Raises
    ------
    ConfigError
        With every fault found, each at its line and column.
    """
    try:
        return RunConfig.model_validate(source.data)
    except ValidationError as error:
        raise source.error(faults_of(error, source, RunConfig)) from None
