"""No import circles: imports inside functions and for type checkers count like any other.

An import put into a function, or under ``TYPE_CHECKING``, to break a circle hides that two modules
cannot be understood, tested or moved one without the other. `lint-imports` holds the layers; this
holds the modules inside a layer.

Importing ``a.b`` first runs ``a/__init__.py``. That is no edge here: an ``__init__`` re-exports, so
each would be in a circle with all it re-exports. An ``__init__`` is a module like others where it
is imported itself, as in ``from lossctl.core import Loss``, and where it imports.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("lossctl", "benchmarks")

Graph = dict[str, set[str]]


def modules(root: Path, packages: Iterable[str] = PACKAGES) -> dict[str, Path]:
    """Return the modules of some packages by their names."""
    paths = (path for package in packages for path in (root / package).rglob("*.py"))
    return {name_of(path.relative_to(root)): path for path in paths}


def name_of(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(name: str, path: Path) -> Iterator[tuple[str, str]]:
    """Yield (module, name in it) for every import of a module, wherever in the file it stands."""
    package = name if path.stem == "__init__" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        match node:
            case ast.Import():
                yield from ((alias.name, "") for alias in node.names)
            case ast.ImportFrom():
                above = package.split(".")[: len(package.split(".")) - node.level + 1]
                start = above if node.level else []
                module = ".".join([*start, *filter(None, [node.module])])
                yield from ((module, alias.name) for alias in node.names)
            case ast.Call(args=[ast.Constant(value=str(module)), *_]):
                called = ast.unparse(node.func).rpartition(".")[2]
                if called in {"import_module", "__import__"}:
                    yield module, ""


def graph(root: Path, packages: Iterable[str] = PACKAGES) -> Graph:
    """Return which modules each module imports: the module a name stands in, or the name itself."""
    known = modules(root, packages)
    found: Graph = {name: set() for name in known}
    for name, path in known.items():
        for module, imported in imports(name, path):
            target = f"{module}.{imported}" if f"{module}.{imported}" in known else module
            if target in known and target != name:
                found[name].add(target)
    return found


def circles(edges: Mapping[str, set[str]]) -> list[list[str]]:
    """Return the groups of modules that all reach each other."""
    reached = {name: reach(edges, name) for name in edges}
    groups = {
        frozenset(other for other in reached[name] if name in reached[other]) for name in edges
    }
    return sorted(sorted(group) for group in groups if len(group) > 1)


def reach(edges: Mapping[str, set[str]], start: str) -> set[str]:
    seen, waiting = {start}, [start]
    while waiting:
        new = edges[waiting.pop()] - seen
        seen |= new
        waiting += new
    return seen


def test_there_are_no_import_circles() -> None:
    edges = graph(ROOT)
    assert len(edges) > 100
    inside = [
        "\n".join(
            f"{one} imports {other}" for one in group for other in sorted(edges[one] & {*group})
        )
        for group in circles(edges)
    ]
    assert not inside, "import circles:\n" + "\n\n".join(inside)


@pytest.mark.parametrize(
    "way_back",
    [
        "from pack.one import VALUE",
        "import pack.one",
        "from pack import one",
        "from .one import VALUE",
        "from . import one",
        "def late():\n    from pack.one import VALUE",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from pack.one import VALUE",
        "import importlib\none = importlib.import_module('pack.one')",
    ],
)
def test_a_circle_is_found_however_it_is_closed(way_back: str, tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    sources = {"__init__": "", "one": "import pack.two\nVALUE = 1\n", "two": "import math\n"}
    for name, source in sources.items():
        (tmp_path / f"pack/{name}.py").write_text(source, encoding="utf-8")
    assert circles(graph(tmp_path, ["pack"])) == []
    (tmp_path / "pack/two.py").write_text(way_back, encoding="utf-8")
    assert circles(graph(tmp_path, ["pack"])) == [["pack.one", "pack.two"]]


def test_an_init_that_reexports_is_in_a_circle_only_where_it_is_imported(tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack/__init__.py").write_text("from pack.one import VALUE", encoding="utf-8")
    (tmp_path / "pack/two.py").write_text("VALUE = 2", encoding="utf-8")
    (tmp_path / "pack/one.py").write_text("from pack.two import VALUE", encoding="utf-8")
    assert circles(graph(tmp_path, ["pack"])) == []
    (tmp_path / "pack/one.py").write_text("from pack import VALUE", encoding="utf-8")
    assert circles(graph(tmp_path, ["pack"])) == [["pack", "pack.one"]]
