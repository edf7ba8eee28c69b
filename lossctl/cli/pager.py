"""Show an answer that is longer than the terminal page by page, as `man` and `git` do."""

import os
import shlex
import sys
from contextlib import suppress
from shutil import get_terminal_size

from lossctl.cli.output import say
from lossctl.core.spelling import without_commands

PAGER = "less -R"
NOT_FOUND = 127  # what a shell, or `env`, exits with when there is no such program


def say_in_pages(text: str, *, wanted: bool) -> None:
    """Write an answer to standard output, through ``$PAGER`` where a terminal is too short.

    That the reader leaves early is no error; where there is no pager the answer is written whole.
    """
    is_screen = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"
    if not (wanted and is_screen and _is_long(text)):
        say(text)
        return
    command = _pager()
    if not command or not _shown_by(command, without_commands(text)):
        say(text)


def _is_long(text: str) -> bool:
    """Whether a text has more lines than the terminal; the prompt takes one."""
    return text.count("\n") + 1 > get_terminal_size().lines - 1


def _pager() -> list[str]:
    """Return the command of the reader's pager; nothing where it only copies."""
    try:
        command = shlex.split(os.environ.get("PAGER", PAGER))
    except ValueError:  # a quote that is not closed
        return []
    return [] if command[:1] == ["cat"] else command


def _shown_by(command: list[str], text: str) -> bool:
    """Show a text by a pager; return whether there was one."""
    import signal
    import subprocess

    # less takes colour, leaves the text on the screen and ends by itself when it fits
    environment = {"LESS": "FRX", **os.environ}
    sys.stdout.flush()
    # an interrupt is for the pager, which searches or scrolls: it does not end lossctl under it
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        process = subprocess.Popen(  # noqa: S603 - the reader's own choice
            command, stdin=subprocess.PIPE, env=environment, encoding="utf-8"
        )
    except OSError:
        return False
    else:
        with suppress(OSError):  # the reader left early
            process.communicate(text if text.endswith("\n") else text + "\n")
        return process.wait() != NOT_FOUND
    finally:
        signal.signal(signal.SIGINT, before)
