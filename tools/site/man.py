"""Man pages of lossctl and of each command: ``python -m tools.site.man FOLDER``.

They are made from what ``--help`` is made from. The site has them; ``man FOLDER/man1/lossctl.1``
shows one, and so does ``man lossctl`` where FOLDER is in MANPATH.
"""

import re
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import dedent
from typing import Any

import typer

from lossctl.cli.commands import COMMANDS, HELP, Group, app, every_command
from lossctl.cli.help import GroupedCommand

Rows = Sequence[tuple[str, str]]
PREFORMATTED = "\b\n"  # how a paragraph begins whose lines stay as they are


def man_pages() -> dict[str, str]:
    """Return the pages by the names of their files."""
    top: Any = typer.main.get_command(app)
    pages = {"lossctl.1": _of_group("lossctl", HELP.partition("\n")[0], top)}
    for name, entry in COMMANDS.items():
        if isinstance(entry, Group):
            group = entry.build(name)
            pages[f"lossctl-{name}.1"] = _of_group(f"lossctl {name}", entry.summary, group)
    for name, entry in every_command().items():
        command = entry.build(name.rpartition(" ")[2])
        file = f"lossctl-{name.replace(' ', '-')}.1"
        pages[file] = _of_command(f"lossctl {name}", entry.summary, command)
    return pages


def _of_command(name: str, summary: str, command: GroupedCommand) -> str:
    context = typer.Context(command, info_name=name)
    synopsis = " ".join([name, *command.collect_usage_pieces(context)])
    paragraphs = (command.help or "").split("\n\n")[1:]
    examples = [one for one in paragraphs if one.startswith(PREFORMATTED)]
    sections: dict[str, Iterable[str]] = {
        "SYNOPSIS": [_text(synopsis)],
        "DESCRIPTION": _paragraphs([summary, *(p for p in paragraphs if p not in examples)]),
        "EXAMPLES": _paragraphs(examples),
        "OPTIONS": _options(command.sections(context)),
    }
    return _page(name, summary, sections)


def _of_group(name: str, summary: str, group: Any) -> str:
    context = typer.Context(group, info_name=name)
    records = [parameter.get_help_record(context) for parameter in group.get_params(context)]
    commands = [(one, group._table[one].summary) for one in group.list_commands(context)]
    sections: dict[str, Iterable[str]] = {
        "SYNOPSIS": [_text(f"{name} [OPTIONS] COMMAND [ARGUMENTS]")],
        "DESCRIPTION": _paragraphs((group.help or summary).split("\n\n")[:1]),
        "COMMANDS": _rows(commands),
        "OPTIONS": _rows([record for record in records if record is not None]),
    }
    return _page(name, summary, sections)


def _page(name: str, summary: str, sections: Mapping[str, Iterable[str]]) -> str:
    title = name.replace(" ", "-")
    parts = name.split(" ")
    above = ["-".join(parts[:at]) for at in range(1, len(parts))]
    ends = {
        "NAME": [f"{_text(title)} \\- {_text(summary[:1].lower() + summary[1:].rstrip('.'))}"],
        **sections,
        "EXIT STATUS": _paragraphs([HELP.partition("Exit codes: ")[2]]),
        "SEE ALSO": [", ".join(rf"\fB{_text(one)}\fR(1)" for one in above)] if above else [],
    }
    lines = [f'.TH "{_text(title.upper())}" "1" "" "lossctl" "lossctl"']
    for heading, body in ends.items():
        if written := [*body]:
            lines += [f'.SH "{heading}"', *written]
    return "\n".join(lines) + "\n"


def _options(sections: Mapping[str, Rows]) -> Iterator[str]:
    for heading, rows in sections.items():
        yield f'.SS "{_text(heading)}"'
        yield from _rows(rows)


def _rows(rows: Rows) -> Iterator[str]:
    for name, text in rows:
        yield from (".TP", rf"\fB{_text(name)}\fR", _text(text))


def _paragraphs(texts: Iterable[str]) -> Iterator[str]:
    for at, text in enumerate(texts):
        yield from [".PP"] if at else []
        if text.startswith(PREFORMATTED):
            lines = dedent(text.removeprefix(PREFORMATTED)).strip("\n").split("\n")
            yield from (".nf", *map(_text, lines), ".fi")
        else:
            yield _text(" ".join(text.split()))


def _text(text: str) -> str:
    """Write a line of text so that roff takes none of it for a request."""
    escaped = text.replace("\\", r"\e").replace("-", r"\-")
    return re.sub(r"^([.'])", r"\\&\1", escaped)


def write_pages(folder: Path) -> None:
    """Write the pages into the folder `man1` of a folder."""
    place = folder / "man1"
    place.mkdir(parents=True, exist_ok=True)
    for name, text in man_pages().items():
        (place / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    write_pages(Path(sys.argv[1]))
