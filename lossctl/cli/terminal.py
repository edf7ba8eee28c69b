"""Print to the right stream; what comes from files is data and cannot move the cursor."""

import io
import os
import sys

from lossctl.core.spelling import visible


def is_terminal() -> bool:
    """Whether standard output is a terminal that understands colour."""
    dumb = os.environ.get("TERM") == "dumb" or bool(os.environ.get("NO_COLOR"))
    return sys.stdout.isatty() and not dumb


def prepare_streams() -> None:
    """Write what the encoding of the terminal lacks as escapes, rather than fail."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Write the result to standard output; a pipe that nobody reads is no error."""
    try:
        sys.stdout.write(text if text.endswith("\n") else text + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        discard_output()


def discard_output() -> None:
    """Point standard output away from a pipe nobody reads, so that exiting stays quiet."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def note(text: str) -> None:
    """Write a note to standard error."""
    sys.stderr.write(f"note: {visible(text)}\n")


def complain(*lines: str) -> None:
    """Write an error to standard error, in one line or two that start in one column."""
    sys.stderr.write("error: " + "\n       ".join(map(visible, lines)) + "\n")
