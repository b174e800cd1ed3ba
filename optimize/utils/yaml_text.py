"""Plain data as YAML that every reader takes for the same: those of version 1.1 as well."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from optimize.utils.files import write_text_atomic

#: Plain text that version 1.1 of the language, as PyYAML and others speak it, reads as a truth
#: value, a number (also in base 60, with underscores or a prefix), a date or a sign of its own.
_READ_OTHERWISE = re.compile(
    r"[-+.]*\d.*|[-+]?\.(?:inf|nan)|y|n|yes|no|on|off|true|false|null|[~=]|<<",
    re.IGNORECASE | re.DOTALL,
)


def to_yaml(data: Mapping[str, Any]) -> str:
    """Return plain data as YAML, its keys in their order.

    Examples
    --------
    >>> print(to_yaml({"coat": "no", "limit": 1e-9, "year": "2030"}), end="")
    coat: 'no'
    limit: 1.0e-09
    year: '2030'
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.representer import SafeRepresenter

    class Representer(SafeRepresenter):
        pass

    Representer.add_representer(str, _text)
    Representer.add_representer(float, _number)
    yaml = YAML(typ="safe", pure=True)
    yaml.Representer = Representer
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # typed too narrowly
    yaml.width = 100
    stream = io.StringIO()
    yaml.dump(dict(data), stream)
    return stream.getvalue()


def write_yaml(path: Path, data: Mapping[str, Any], heading: str) -> None:
    """Write plain data below a heading, the file whole or not at all."""
    write_text_atomic(path, f"# {heading}\n{to_yaml(data)}")


def _text(representer: Any, text: str) -> Any:
    style = "'" if _READ_OTHERWISE.fullmatch(text) else None
    return representer.represent_scalar("tag:yaml.org,2002:str", text, style=style)


def _number(representer: Any, number: float) -> Any:
    """Write a point before an exponent: without one, version 1.1 reads text."""
    node = representer.represent_float(number)
    mantissa, e, exponent = node.value.partition("e")
    if e and "." not in mantissa:
        node.value = f"{mantissa}.0e{exponent}"
    return node
