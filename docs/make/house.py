"""The house as its source says: modules, the wings they form, and which wing imports which."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

#: Packages that are read, and the module that stands on top of them.
TOPS = ("problems", "optimize", "heliofront")
#: Scripts that make the tables once; the house does without them.
_OUTSIDE = ("problems.data.build",)


@dataclass(frozen=True)
class Module:
    """One file: what its first line says, how long it is, and the modules that it imports."""

    name: str
    summary: str
    lines: int
    statements: int
    imports: frozenset[str]


@dataclass(frozen=True)
class Wing:
    """A package right below a top, or a single module there, and the rooms in it.

    ``rooms`` are the modules and packages right inside, by name with their first lines; ``uses``
    are the wings that it imports.
    """

    name: str
    summary: str
    rooms: Mapping[str, str]
    uses: frozenset[str]


def _python_files(root: Path) -> Iterator[tuple[str, Path]]:
    """Yield every module's name and file."""
    for top in TOPS:
        for path in sorted([*root.glob(f"{top}.py"), *(root / top).rglob("*.py")]):
            parts = path.relative_to(root).with_suffix("").parts
            name = ".".join(parts).removesuffix(".__init__")
            if not name.startswith(_OUTSIDE):
                yield name, path


def _imports(tree: ast.Module, known: Iterable[str]) -> Iterator[str]:
    """Yield the modules that a file imports, wherever it does, and the package of its tables."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in known else node.module
        elif isinstance(node, ast.Call) and ast.unparse(node.func) == "resources.files":
            yield from (str(a.value) for a in node.args if isinstance(a, ast.Constant))


def first_line(tree: ast.Module) -> str:
    """Return the first line of a module's docstring, without its full stop and reST roles.

    Examples
    --------
    >>> first_line(ast.parse('\"\"\"What :mod:`a.b` does.\"\"\"'))
    'What `a.b` does'
    """
    text = (ast.get_docstring(tree) or "").partition("\n")[0]
    for role in (":mod:", ":func:", ":class:", ":data:"):
        text = text.replace(role, "")
    return text.replace("``", "`").removesuffix(".")


def read_modules(root: Path) -> dict[str, Module]:
    """Return every module below the tops by its name."""
    files = dict(_python_files(root))
    modules = {}
    for name, path in files.items():
        text = path.read_text(encoding="utf-8")
        tree = ast.parse(text)
        modules[name] = Module(
            name,
            first_line(tree),
            len(text.splitlines()),
            sum(isinstance(node, ast.stmt) for node in ast.walk(tree)),
            frozenset(m for m in _imports(tree, files) if m in files),
        )
    return modules


def wing_of(module: str) -> str:
    """Return the wing of a module; what stands right in a top is the door to another wing.

    Examples
    --------
    >>> wing_of("optimize.cli.base"), wing_of("problems"), wing_of("optimize.__main__")
    ('optimize.cli', 'problems.registry', 'optimize.cli')
    """
    doors = {"problems": "problems.registry", "optimize": "optimize.cli"}
    doors["optimize.__main__"] = "optimize.cli"
    return doors.get(module, ".".join(module.split(".")[:2]))


class House:
    """Wings on floors: each stands right above the highest wing that it imports."""

    def __init__(self, modules: Mapping[str, Module]) -> None:
        self.modules = modules
        names = sorted({wing_of(name) for name in modules})
        self.wings = {name: self._wing(name) for name in names}

    def _wing(self, name: str) -> Wing:
        rooms, uses = {}, set()
        for module in self.modules.values():
            if wing_of(module.name) == name:
                uses |= {wing_of(imported) for imported in module.imports} - {name}
            if module.name.startswith(f"{name}.") and module.name.count(".") == 2:
                is_package = any(m.startswith(f"{module.name}.") for m in self.modules)
                room = module.name.rpartition(".")[2] + "/" * is_package
                rooms[room] = module.summary
        return Wing(name, self.modules[name].summary, rooms, frozenset(uses))

    @cached_property
    def floor(self) -> dict[str, int]:
        """Floor of every wing, counted from the ground.

        Raises
        ------
        ValueError
            When wings import each other in a circle.
        """
        floors: dict[str, int] = {}
        while len(floors) < len(self.wings):
            ready = [
                name
                for name, wing in self.wings.items()
                if name not in floors and wing.uses <= floors.keys()
            ]
            if not ready:
                raise ValueError(f"wings in a circle: {sorted(self.wings.keys() - floors.keys())}")
            floors |= {name: 1 + self._highest(name, floors) for name in ready}
        return floors

    def _highest(self, name: str, floors: Mapping[str, int]) -> int:
        return max((floors[used] for used in self.wings[name].uses), default=-1)

    @cached_property
    def floors(self) -> list[list[str]]:
        """Names of wings by floor, from the ground."""
        return [
            [name for name in self.wings if self.floor[name] == level]
            for level in range(1 + max(self.floor.values()))
        ]

    def _below(self, name: str) -> set[str]:
        """Return all that a wing stands on, directly or not."""
        uses = self.wings[name].uses
        return set(uses).union(*(self._below(used) for used in uses))

    @cached_property
    def arrows(self) -> list[tuple[str, str]]:
        """Wing to imported wing, without those that other arrows imply."""
        return [
            (name, used)
            for name, wing in self.wings.items()
            for used in sorted(wing.uses)
            if not any(used in self._below(imported) for imported in wing.uses)
        ]
