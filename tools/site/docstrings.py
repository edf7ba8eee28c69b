"""Docstrings as Markdown: sections become headings of bold text, entries lists, examples code."""

import inspect
import re
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from typing import Any

from lossctl.core.spelling import markdown_text

UNDERLINE = re.compile(r"-{3,}")
CODE = re.compile(r"``(?P<double>.+?)``|:\w+:`~?(?P<role>[\w.]+)`|`(?P<single>[^`]+)`", re.DOTALL)
LITERAL = "Examples"  # the section that stays as it is written


def reference(name: str, home: Any, known: Collection[str]) -> str:
    """Write the signature and the docstring of a function or a class.

    Parameters
    ----------
    name
        The public name, as in ``lossctl.NAME``.
    home
        What it names.
    known
        Names whose mentions become links to their headings on the same page.
    """
    shown = "" if inspect.isclass(home) else _names(home)
    parts = [f"```python\nlossctl.{name}{shown}\n```"]
    parts += _sections(inspect.getdoc(home) or "", known)
    methods = _methods(home, known) if inspect.isclass(home) else []
    if methods:
        parts += ["**Properties and methods**", "\n".join(methods)]
    return "\n\n".join(parts)


def _names(function: Any) -> str:
    """Return the signature without types, which the docstring says in words."""
    signature, none = inspect.signature(function), inspect.Parameter.empty
    names = [each.replace(annotation=none) for each in signature.parameters.values()]
    return str(signature.replace(parameters=names, return_annotation=none))


def _sections(doc: str, known: Collection[str]) -> Iterator[str]:
    lines = doc.split("\n")
    heads = [at for at, line in enumerate(lines[1:]) if UNDERLINE.fullmatch(line)]
    yield _body(lines[: heads[0] if heads else None], known)
    for at, end in zip(heads, [*heads, len(lines)][1:], strict=True):
        yield f"**{lines[at]}**"
        body = lines[at + 2 : end]
        if lines[at] == LITERAL:
            yield "\n".join(["```pycon", *body]).rstrip() + "\n```"
        else:
            yield _body(body, known)


def _body(lines: Sequence[str], known: Collection[str]) -> str:
    """Write paragraphs, and as a list what has indented lines below it; lists lie in lists."""
    blocks: list[str] = []
    at = 0
    while at < len(lines):
        first = at
        while at < len(lines) and lines[at] and not _has_body(lines, at):
            at += 1
        if at > first:
            blocks.append(_inline("\n".join(lines[first:at]), known))
        elif lines[at]:
            end = at + 1
            while end < len(lines) and (not lines[end] or lines[end].startswith(" ")):
                end += 1
            inner = _body(
                inspect.cleandoc("\n" + "\n".join(lines[at + 1 : end])).split("\n"), known
            )
            separator = ":\n" if inner.startswith("- ") else ": "
            blocks.append(f"- `{lines[at]}`" + (separator + inner).replace("\n", "\n  "))
            at = end
        else:
            at += 1
    text = "".join(
        ("\n" if one.startswith("- ") and last.startswith("- ") else "\n\n") + one
        for last, one in pairwise(["", *blocks])
    )
    return text.lstrip("\n")


def _has_body(lines: Sequence[str], at: int) -> bool:
    return at + 1 < len(lines) and lines[at + 1].startswith(" ")


def _inline(text: str, known: Collection[str]) -> str:
    """Write code as Markdown does, and everything else so that it says itself."""
    parts, end = [], 0
    for found in CODE.finditer(text):
        parts.append(_plain(text[end : found.start()]))
        code = " ".join((found["double"] or found["role"] or found["single"]).split())
        short = (found["role"] or "").removeprefix("lossctl.")
        parts.append(f"[`{code}`](#{short})" if short in known else f"`{code}`")
        end = found.end()
    return "".join([*parts, _plain(text[end:])])


def _plain(text: str) -> str:
    return "\n".join(markdown_text(line) for line in text.split("\n"))


def _methods(home: type, known: Collection[str]) -> list[str]:
    """List what a class offers of its own, with the first sentence of each."""
    lines = []
    for name, member in vars(home).items():
        doc = inspect.getdoc(member) if callable(member) or isinstance(member, property) else None
        if not name.startswith("_") and doc:
            first = _inline(doc.partition("\n\n")[0], known).replace("\n", " ")
            lines.append(f"- `.{name}{'()' * callable(member)}`: {first}")
    return lines
