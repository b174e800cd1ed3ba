"""CCSDS navigation messages as text: keyword = value notation and XML from one structure.

References
----------
CCSDS 502.0-B-3, Orbit Data Messages; CCSDS 505.0-B-3, XML Specification for Navigation Data
Messages.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from xml.etree import ElementTree

LONGEST_LINE = 254  # CCSDS 502.0-B-3, section 7.3
_SCHEMA = "https://sanaregistry.org/r/ndmxml_unqualified/ndmxml-3.0.0-master-3.0.xsd"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"


@dataclass(frozen=True, slots=True)
class Entry:
    """A keyword with its value and unit."""

    key: str
    value: str
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """Entries that belong together; ``tag`` is their element in XML."""

    tag: str
    entries: tuple[Entry, ...]
    comments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Message:
    """One message: header, metadata, and data as sections or as states."""

    kind: str
    version: str
    comments: tuple[str, ...]
    created: str
    metadata: tuple[Entry, ...]
    sections: tuple[Section, ...] = ()
    data_comments: tuple[str, ...] = ()
    states: tuple[tuple[str, ...], ...] = ()


ORIGINATOR = "HELIOFRONT"
_STATE_KEYS = ("EPOCH", "X", "Y", "Z", "X_DOT", "Y_DOT", "Z_DOT")


def digits(value: float) -> str:
    """Return a number with as many digits as CCSDS allows, 16.

    Examples
    --------
    >>> digits(6928.137), digits(0.0), digits(2.5e-7)
    ('6928.137', '0.0', '2.5E-07')
    """
    text = f"{value:.16G}"
    return text if "." in text or "E" in text else f"{text}.0"


def to_kvn(message: Message) -> str:
    """Return a message in keyword = value notation."""
    return "\n".join(_kvn_lines(message)) + "\n"


def _kvn_lines(message: Message) -> Iterator[str]:
    yield f"CCSDS_{message.kind.upper()}_VERS = {message.version}"
    yield from _kvn_comments(message.comments)
    yield f"CREATION_DATE = {message.created}"
    yield f"ORIGINATOR = {ORIGINATOR}"
    yield ""
    if message.states:
        yield "META_START"
    yield from (_kvn_entry(entry) for entry in message.metadata)
    if message.states:
        yield "META_STOP"
    yield ""
    yield from _kvn_comments(message.data_comments)
    for section in message.sections:
        yield from _kvn_comments(section.comments)
        yield from (_kvn_entry(entry) for entry in section.entries)
    yield from (" ".join(state) for state in message.states)


def _kvn_entry(entry: Entry) -> str:
    return f"{entry.key} = {entry.value}" + (f" [{entry.unit}]" if entry.unit else "")


def _kvn_comments(comments: Iterable[str]) -> Iterator[str]:
    yield from (f"COMMENT {text}"[:LONGEST_LINE] for text in map(ascii_only, comments))


def ascii_only(text: str) -> str:
    """Return text with every character that a message may not hold replaced by ``?``.

    Examples
    --------
    >>> ascii_only("run β")
    'run ?'
    """
    return "".join(c if " " <= c <= "~" else "?" for c in text)


def to_xml(message: Message) -> str:
    """Return a message in XML."""
    kind = message.kind.lower()
    root = ElementTree.Element(
        kind,
        {
            "xmlns:xsi": _XSI,
            "xsi:noNamespaceSchemaLocation": _SCHEMA,
            "id": f"CCSDS_{kind.upper()}_VERS",
            "version": message.version,
        },
    )
    header = ElementTree.SubElement(root, "header")
    _xml_comments(header, message.comments)
    _xml_entry(header, Entry("CREATION_DATE", message.created))
    _xml_entry(header, Entry("ORIGINATOR", ORIGINATOR))
    segment = ElementTree.SubElement(ElementTree.SubElement(root, "body"), "segment")
    metadata = ElementTree.SubElement(segment, "metadata")
    for entry in message.metadata:
        _xml_entry(metadata, entry)
    data = ElementTree.SubElement(segment, "data")
    _xml_comments(data, message.data_comments)
    for section in message.sections:
        part = ElementTree.SubElement(data, section.tag)
        _xml_comments(part, section.comments)
        for entry in section.entries:
            _xml_entry(part, entry)
    for state in message.states:
        part = ElementTree.SubElement(data, "stateVector")
        for key, value in zip(_STATE_KEYS, state, strict=True):
            _xml_entry(part, Entry(key, value))
    ElementTree.indent(root)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        + ElementTree.tostring(root, encoding="unicode")
        + "\n"
    )


def _xml_entry(parent: ElementTree.Element, entry: Entry) -> None:
    attributes = {"units": entry.unit} if entry.unit else {}
    ElementTree.SubElement(parent, entry.key, attributes).text = entry.value


def _xml_comments(parent: ElementTree.Element, comments: Iterable[str]) -> None:
    for text in comments:
        ElementTree.SubElement(parent, "COMMENT").text = ascii_only(text)
