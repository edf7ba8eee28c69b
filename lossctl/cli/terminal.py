"""Print to the right stream; what comes from files is data and cannot move the cursor."""

import os
import sys

from lossctl.report.text import visible


def is_terminal() -> bool:
    """Whether standard output is a terminal that understands colour."""
    dumb = os.environ.get("TERM") == "dumb" or bool(os.environ.get("NO_COLOR"))
    return sys.stdout.isatty() and not dumb


def say(text: str) -> None:
    """Write the result to standard output."""
    sys.stdout.write(text if text.endswith("\n") else text + "\n")


def note(text: str) -> None:
    """Write a note to standard error."""
    sys.stderr.write(f"note: {visible(text)}\n")


def complain(text: str) -> None:
    """Write an error to standard error, in one or two lines."""
    sys.stderr.write(f"error: {visible(text)}\n")
