"""The places where a line of the mathematics can be made wrong, and what is written there."""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ROOMS = ("engine", "kernels", "losses", "uncertainty")
NO_MATHS = (
    "__init__",
    "catalogue",
    "framework_names",
    "function_source",
    "own",
    "plugins",
    "trial",
)
"""Modules that find and name losses; the tests of the command line and of plugins hold them."""

PROSE = {"Page", "Reference", "Example", "Curve", "Example.of", "Input", "DataError", "UsageError"}
"""Calls that are documentation or messages: what stands in them is no mathematics."""

SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult, ast.Pow: ast.Mult, ast.BitAnd: ast.BitOr,
    ast.BitOr: ast.BitAnd, ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq, ast.NotEq: ast.Eq, ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn,
    ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """A place in a file and what is written there instead."""

    path: str
    line: int
    start: int  # bytes
    stop: int
    new: str
    name: str
    """What is changed in which function, and not in which line, so that it outlives other edits."""


def mutants_of(path: Path) -> Iterator[Mutant]:
    """Yield every mutant of a module."""
    source = path.read_bytes()
    module = str(path.relative_to(ROOT / "lossctl"))
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    times: Counter[str] = Counter()
    for node, new in changes(tree):
        start = starts[node.lineno - 1] + node.col_offset
        stop = starts[node.end_lineno - 1] + node.end_col_offset
        around = [f.name for f in functions if f.lineno <= node.lineno <= (f.end_lineno or 0)]
        shown = " → ".join(" ".join(text.split()) for text in (source[start:stop].decode(), new))
        name = f"{module} {'.'.join(around) or 'module'}: {shown}"
        times[name] += 1
        yield Mutant(module, node.lineno, start, stop, new, f"{name} ({times[name]})")


def changes(node: ast.AST) -> Iterator[tuple[Any, str]]:
    """Yield every expression or statement of the mathematics, and its text made wrong."""
    for child in ast.iter_child_nodes(node):
        if is_prose(child):
            continue
        yield from ((child, text) for text in wrong(child))
        yield from changes(child)


def is_prose(node: ast.AST) -> bool:
    """Whether a node is documentation, a message, a type, or an import."""
    if isinstance(node, ast.Raise | ast.Assert | ast.Import | ast.ImportFrom | ast.JoinedStr):
        return True
    if isinstance(node, ast.Call):
        return ast.unparse(node.func) in PROSE
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant)
    if isinstance(node, ast.arg) or (isinstance(node, ast.Assign) and "Alias" in ast.dump(node)):
        return True
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def wrong(node: ast.AST) -> Iterator[str]:
    """Yield wrong texts for one node."""
    match node:
        case ast.Constant(value=bool(value)):
            yield repr(not value)
        case ast.Constant(value=int(value) | float(value)) if value + 1 != value:
            yield f"({value!r} + 1)"
        case ast.BinOp(op=op) if type(op) in SWAPS and not is_type(node):
            yield changed(node, op=SWAPS[type(op)]())
        case ast.Compare(ops=[op]) if type(op) in SWAPS:
            yield changed(node, ops=[SWAPS[type(op)]()])
        case ast.BoolOp(op=op):
            yield changed(node, op=SWAPS[type(op)]())
        case ast.UnaryOp(operand=operand):
            yield f"({ast.unparse(operand)})"
        case ast.IfExp(test=test):
            yield changed(node, test=ast.UnaryOp(ast.Not(), test))
        case ast.AugAssign() | ast.Expr(value=ast.Call()):
            yield "pass"


def changed(node: Any, **fields: Any) -> str:
    """Write a node with other fields."""
    given = {name: getattr(node, name) for name in node._fields} | fields
    return f"({ast.unparse(ast.fix_missing_locations(type(node)(**given)))})"


def is_type(node: ast.BinOp) -> bool:
    """Whether an operator joins types, such as ``int | None``."""
    words = {word.id for word in ast.walk(node) if isinstance(word, ast.Name)}
    return isinstance(node.op, ast.BitOr) and bool(words & {"float", "int", "str", "Array", "dict"}
                                                   or "None" in ast.unparse(node))  # fmt: skip


def modules() -> list[Path]:
    """Return the modules that are mutated."""
    every = (path for room in ROOMS for path in sorted((ROOT / "lossctl" / room).rglob("*.py")))
    return [path for path in every if path.stem not in NO_MATHS]


def dotted(path: Path) -> str:
    """Name a module as an import does."""
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)
