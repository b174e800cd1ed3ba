"""``heliofront init``: a configuration to begin with, every key explained."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from types import UnionType
from typing import Any, get_args

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from optimize.config.algorithm import AlgorithmSetting
from optimize.config.faults import Source
from optimize.config.run_config import RunConfig
from optimize.config.shipped import configuration_file
from optimize.config.source import parse, read_source
from optimize.config.study import read_study
from optimize.config.traits import OPTIONS, SHARED, TRAITS
from optimize.utils.answer import deliver
from optimize.utils.files import storage_error
from optimize.utils.yaml_text import to_yaml
from problems.registry import load_declarations
from problems.spec import SpecError, Variable

_KEY = re.compile(r"^([a-z_]+):", re.MULTILINE)

_EXAMPLES = {
    "constraints": "delivered_exaflop: {lower: 1000}",
    "catalog": 'gpus: {MyChip: {like: B200, tdp_w: 500, reason: "what this is"}}',
    "assumptions": 'launch.learning_rate: {value: 0.85, reason: "why this value"}',
}
_REST = "What else can be set: take out the '#'. 'heliofront check' tells what is wrong with it."


def init(file: Path, origin: str, *, as_json: bool) -> int:
    """Write a commented copy of a configuration under a name of its own.

    Raises
    ------
    SpecError
        When the file exists.
    ConfigError
        When there is no configuration to begin with.
    """
    source = read_source(origin)
    text = configuration_file(origin).read_text(encoding="utf-8")
    name = to_yaml({"name": _run_name(file.stem)}).rstrip()
    text = re.sub(r"^name:.*$", name, text, count=1, flags=re.MULTILINE)
    config, _ = read_study(Source(str(file), *parse(text, str(file))))
    try:
        with file.open("x", encoding="utf-8") as stream:
            stream.write(commented(text, config))
    except FileExistsError:
        raise SpecError(str(file), "exists; choose another name") from None
    except OSError as error:
        raise storage_error(error, file) from None
    lines = f"{file}: {source.name}, commented\nnext: heliofront run {shlex.quote(str(file))}"
    deliver({"file": str(file), "from": source.name}, lines, as_json=as_json)
    return 0


def _run_name(stem: str) -> str:
    """Return the name of a run for a file: letters that it cannot hold become ``_``."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", stem).strip("._-")[:64] or "mine"


def commented(text: str, config: RunConfig) -> str:
    """Return the text of a configuration with every key explained, set or not.

    Parameters
    ----------
    text, config
        YAML with its keys at the beginning of lines, and what it says.
    """
    fields = RunConfig.model_fields
    lines = []
    for line in text.rstrip().splitlines():
        start = _KEY.match(line)
        lines += [f"# {_about(start[1])}", line] if start else [line]
        if line == "variables:":
            lines += [f"  # {entry}" for entry in _unset_variables(config)]
    lines += ["", f"# {_REST}"]
    present = {match[1] for match in _KEY.finditer(text)}
    for key in fields:
        section = _section(key)
        if section is not None:
            lines += ["", f"# {_about(key)}", f"#{key}:", *_options(section, config)]
        elif key in _EXAMPLES:
            lines += ["", f"# {_about(key)}", f"#{key}:", f"#  {_EXAMPLES[key]}"]
        elif key not in present:
            lines += ["", f"# {_about(key)}", f"#{key}: {json.dumps(_default(fields[key]))}"]
    return "\n".join(lines) + "\n"


def _about(key: str) -> str:
    """Return what a key is for: its description, or that of its section."""
    section = _section(key)
    about = RunConfig.model_fields[key].description or (section and section.__doc__) or key
    return about.partition("\n")[0].rstrip(".")


def _section(key: str) -> type[BaseModel] | None:
    """Return the model of a section with fixed keys; None for any other value."""
    annotation: Any = RunConfig.model_fields[key].annotation
    kinds = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
    return next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)


def _default(field: FieldInfo) -> Any:
    return field.get_default(call_default_factory=True)


def _options(section: type[BaseModel], config: RunConfig) -> list[str]:
    """Return the lines of a section; of the algorithm, the options that the chosen one has."""
    foreign = {*OPTIONS, *SHARED} - set(TRAITS[config.algorithm.name].options)
    return [
        f"#  {name}: {json.dumps(_default(field))}"
        + (f"  # {field.description}" if field.description else "")
        for name, field in section.model_fields.items()
        if section is not AlgorithmSetting or name not in foreign
    ]


def _unset_variables(config: RunConfig) -> list[str]:
    declared = load_declarations(config.problem, scenario=config.scenario).variables
    return [_variable(variable) for variable in declared if variable.name not in config.variables]


def _variable(variable: Variable) -> str:
    if variable.kind == "choice":
        way = f"{{choices: [{', '.join(variable.choices[code] for code in variable.codes)}]}}"
        unit = ""
    else:
        way = f"{{lower: {variable.lower:g}, upper: {variable.upper:g}}}"
        unit = "" if variable.unit == "1" else f" [{variable.unit}]"
    return f"{variable.name}: {way}  # {variable.description}{unit}"
