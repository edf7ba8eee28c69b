"""Man pages: every command has one, with every option, and no line that roff would obey."""

import re

import pytest

from lossctl.cli.commands import COMMANDS, every_command
from tests.cli.run import lossctl
from tools.site.man import man_pages

PAGES = man_pages()
REQUESTS = {".TH", ".SH", ".SS", ".TP", ".PP", ".nf", ".fi"}


def test_there_is_one_for_each_command() -> None:
    names = {"", *COMMANDS, *every_command()}
    assert PAGES.keys() == {f"{'-'.join(['lossctl', *name.split()])}.1" for name in names}


@pytest.mark.parametrize("name", ["", "plot", *every_command()])
def test_it_has_what_help_has(name: str) -> None:
    page = PAGES[f"{'-'.join(['lossctl', *name.split()])}.1"]
    plain = re.sub(r"\\f[BR]|\\&", "", page).replace(r"\-", "-").replace(r"\e", "\\")
    words = " ".join(plain.split())
    shown = lossctl(*name.split(), "--help", env={"COLUMNS": "120"}).out
    options = set(re.findall(r"(?m)^  (?:-\w, )?(--[a-z-]+)", shown))
    assert "--help" in options
    assert all(option in words for option in options)
    for line in re.findall(r"(?m)^  (lossctl .*?)(?: \\\\)?$", shown):
        assert line in plain
    assert "3 the data is invalid" in words


@pytest.mark.parametrize("name", PAGES)
def test_no_text_is_a_request(name: str) -> None:
    lines = PAGES[name].split("\n")
    assert lines[0].startswith(".TH ")
    assert {line.partition(" ")[0] for line in lines if line[:1] in {".", "'"}} <= REQUESTS
    assert [line for line in lines if line.startswith(".SH")][:2] == [
        '.SH "NAME"',
        '.SH "SYNOPSIS"',
    ]
    assert not any(re.search(r"(?<!\\)-", line) for line in lines[1:])
