"""The pager: for long answers on a terminal, and nothing that goes wrong with it is an error."""

import pytest

from tests.cli.run import SCRIPT, lossctl, on_terminal
from tests.exhaustive import rest

SHOUTS = "tr a-z A-Z"
SHORT = {"LINES": "12", "NO_COLOR": "1", "COLUMNS": "100"}
SHOW = ("show", "focal")


def shown(*args: str, **env: str) -> str:
    """Return what a terminal of 12 lines shows."""
    done = on_terminal([SCRIPT, *args], "stdout", SHORT | env)
    assert (done.code, done.err) == (0, "")
    return done.out.replace("\r\n", "\n")


@pytest.fixture(scope="module")
def page() -> str:
    return lossctl(*SHOW, env=SHORT).out


def test_a_long_page_goes_through_the_pager(page: str) -> None:
    assert shown(*SHOW, PAGER=SHOUTS).split() == page.translate(UPPER).split()


UPPER = {ord(letter): letter.upper() for letter in "abcdefghijklmnopqrstuvwxyz"}


@pytest.mark.parametrize(("args", "env"), [
    (SHOW, {"PAGER": "cat"}),
    ((*SHOW, "--no-pager"), {"PAGER": SHOUTS}),
    rest(SHOW, {"PAGER": ""}),
    (SHOW, {"PAGER": "no-such-program-of-ours -R"}),
    (SHOW, {"PAGER": "sh -c 'exit 127'"}),
    rest(SHOW, {"PAGER": "an 'open quote"}),
    (SHOW, {"PAGER": SHOUTS, "LINES": "500"}),
])  # fmt: skip
def test_pages_that_are_printed_whole(
    args: tuple[str, ...], env: dict[str, str], page: str
) -> None:
    text = shown(*args, **env)
    assert text[-len(page) :] == page  # `env` says before that there is no such program


def test_a_dumb_terminal_has_no_pager() -> None:
    assert shown(*SHOW, PAGER=SHOUTS, TERM="dumb") == lossctl(*SHOW, env={"TERM": "dumb"}).out


def test_a_pipe_has_no_pager(page: str) -> None:
    assert lossctl(*SHOW, env={**SHORT, "PAGER": SHOUTS}).out == page


def test_leaving_early_is_no_error(page: str) -> None:
    assert shown(*SHOW, PAGER="head -1") == page.splitlines(keepends=True)[0]
    assert shown("list", PAGER="true") == ""


def test_the_list_is_paged_too() -> None:
    assert shown("list", "--family", "ranking", PAGER=SHOUTS, LINES="4").startswith("RANKING")
