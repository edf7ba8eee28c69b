"""Print to the right stream, or write to a file; texts of others cannot steer the terminal."""

import io
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, TextIO

from lossctl.core.errors import LossctlError, UsageError
from lossctl.core.spelling import (
    LONGEST_MESSAGE,
    listed,
    option,
    shortened,
    visible,
    without_commands,
)

if TYPE_CHECKING:
    from lossctl.core.gate import Gate
    from lossctl.core.outcome import Summary
    from lossctl.report.ci.reports import Report
    from lossctl.report.formats import Display

ARGUMENTS: ContextVar[Sequence[str]] = ContextVar("ARGUMENTS", default=())  # of this command
BRAILLE = "\u28ff┤─└"
NOT_ANSWERS = {".pkl", ".pt", ".xlsx", ".html", ".xml", ".png", ".svg", ".pdf"}  # beside arrays


def is_terminal(stream: TextIO) -> bool:
    """Whether a stream is a terminal that understands colour and redrawing."""
    dumb = os.environ.get("TERM") == "dumb" or bool(os.environ.get("NO_COLOR"))
    return stream.isatty() and not dumb


def can_draw(stream: TextIO) -> bool:
    """Whether a stream can show the characters that curves are drawn with.

    A terminal in the C locale has no letters beyond ASCII, though Python writes UTF-8 to it.
    """
    if os.environ.get("TERM") == "dumb" or _locale() in {"C", "POSIX"}:
        return False
    try:
        BRAILLE.encode(stream.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def _locale() -> str:
    """Return the locale of letters that the environment names; an empty text for none."""
    coerced = "C.UTF-8"  # what Python sets LC_CTYPE to where LANG is C
    names = [os.environ.get(name, "") for name in ("LC_ALL", "LC_CTYPE", "LANG")]
    if names[1] == coerced and names[2] in {"C", "POSIX"}:
        names[1] = ""
    return next(filter(None, names), "")


def prepare_streams() -> None:
    """Replace streams that the caller closed; write what an encoding cannot hold as escapes.

    Python has None for a closed stream. Its number is taken by the null device before a file of
    the data can take it. Standard input is empty then, what goes to standard error is lost, and
    standard output cannot be written: there the null device is one that is only read.
    """
    for name, number in (("stdin", 0), ("stdout", 1), ("stderr", 2)):
        stream = getattr(sys, name)
        if stream is None or stream.closed:
            handle = os.open(os.devnull, os.O_WRONLY if number == 2 else os.O_RDONLY)
            setattr(sys, name, os.fdopen(handle, "w" if number else "r", encoding="utf-8"))
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def say(text: str) -> None:
    """Write the result to standard output; a pipe that nobody reads is no error.

    Raises
    ------
    UsageError
        When it cannot be written, as on a full disk.
    """
    text = without_commands(text)
    with _writing():
        sys.stdout.write(text if text.endswith("\n") else text + "\n")


def say_bytes(content: IO[bytes]) -> None:
    """Write all of a file to standard output, as :func:`say` does; only text to a terminal.

    Raises
    ------
    UsageError
        When it is not text and standard output is a terminal, or cannot be written.
    """
    content.seek(0)
    start = content.read(8)
    content.seek(0)
    is_text = not start.startswith((b"\x93NUMPY", b"PAR1"))
    if not is_text and sys.stdout.isatty():
        raise UsageError("standard output is a terminal, which cannot show this format")
    with _writing():
        if is_text:
            while lines := content.readlines(1 << 20):
                sys.stdout.write(without_commands(b"".join(lines).decode()))
        else:
            while piece := content.read(1 << 20):
                sys.stdout.buffer.write(piece)


@contextmanager
def _writing() -> Iterator[None]:
    """Send what the block writes to standard output; see :func:`say`."""
    try:
        yield
        sys.stdout.flush()
    except BrokenPipeError:
        discard(sys.stdout)
    except OSError as error:
        discard(sys.stdout)
        raise UsageError(f"cannot write standard output: {error.strerror or error}") from None


def remark(text: str) -> None:
    """Write beside the result, to standard error; where nobody can read it, it is lost."""
    try:
        sys.stderr.write(without_commands(text))
        sys.stderr.flush()
    except OSError:
        discard(sys.stderr)


def deliver(text: str, output: Path | None) -> None:
    """Print a text, or write it to a file, with one line end after it."""
    text = without_commands(text)  # a line that was broken may begin with one
    if output is None:
        say(text)
        return
    from lossctl.io.write import write_text

    write_text(output, text if text.endswith("\n") else text + "\n")


def read_reports(texts: Sequence[str] | None) -> "list[Report]":
    """Read the reports that are asked for; most commands write none."""
    if not texts:
        return []
    from lossctl.report.ci.reports import read_reports as read

    return read(texts)


def files_of(reports: "Sequence[Report]") -> tuple[Path, ...]:
    """Return the files that reports go to."""
    return tuple(report.path for report in reports if report.path is not None)


def publish(reports: "Sequence[Report]", make: "Callable[[], Summary]") -> None:
    """Write the reports that were asked for, and to standard error what CI systems read there."""
    if not reports:
        return
    from lossctl.report.ci.reports import write_reports

    log = write_reports(reports, make()._replace(command=command_line()))
    try:
        sys.stderr.write(log)  # these are commands to the CI system, and harmless already
        sys.stderr.flush()
    except OSError:
        discard(sys.stderr)


def command_line() -> str:
    """Return the command that runs, as a shell takes it; empty where none does."""
    import shlex

    from lossctl.core.urls import secrets_left_out

    words = ARGUMENTS.get()
    return shlex.join(["lossctl", *map(secrets_left_out, words)]) if words else ""


@contextmanager
def reported(reports: "Sequence[Report]", title: str) -> Iterator[None]:
    """Report what stops the block too: a job whose data is wrong must not look like one without."""
    try:
        yield
    except LossctlError as error:
        if reports:
            from lossctl.report.ci.reports import may_replace, summary_of_error

            with suppress(LossctlError):  # the first error is the one to complain of
                publish([*filter(may_replace, reports)], partial(summary_of_error, error, title))
        raise


def choose_format(form: str | None, output: Path | None) -> str:
    """Return the format of results that is asked for, or that the output file's name implies.

    Raises
    ------
    UsageError
        For another format, and for a file that by its name is no text, or a report.
    """
    from lossctl.report.formats import (
        RESULT_FORMATS,
        format_of_suffix,
        require_format,
        suffixes_of,
    )

    if form is not None:
        require_format(form, RESULT_FORMATS)
        return form
    if output is None:
        return "table"
    if _is_no_answer(output.suffix.lower()):
        raise UsageError(
            f"--output: a file {output.suffix} does not hold what is printed; write it to "
            f"{listed(suffixes_of(RESULT_FORMATS), 'or')}, to .txt, or say --format"
        )
    return format_of_suffix(output.suffix)


def _is_no_answer(suffix: str) -> bool:
    """Whether a suffix is of arrays, of tables that are no text, of figures or of reports."""
    from lossctl.io.file_formats import PACKED_SUFFIXES, by_suffix

    form = by_suffix(suffix)
    of_data = suffix in PACKED_SUFFIXES or (form is not None and bool(form.magic))
    return of_data or suffix in NOT_ANSWERS


def read_digits(text: str | None, form: str, *, value_only: bool = False) -> int | None:
    """Read how many digits are shown, in an answer that shows fewer than all."""
    from lossctl.report.formats import read_digits as read

    return read(text, option("value_only") if value_only else form)


def display_of(
    output: Path | None, digits: int | None = None, gates: "Sequence[Sequence[Gate]]" = ()
) -> "Display":
    """Return how results are shown: as the terminal allows, or whole for a pipe and a file."""
    from lossctl.core.spelling import DIGITS
    from lossctl.report.formats import Display

    digits = DIGITS if digits is None else digits
    if output is not None:
        return Display(digits, gates)
    return Display(digits, gates, width_of(sys.stdout), is_terminal(sys.stdout))


def discard(stream: TextIO) -> None:
    """Point a stream away from where it cannot be written, so that exiting stays quiet."""
    with suppress(OSError, ValueError):  # one in memory has no number
        null = os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, stream.fileno())
        os.close(null)


def width_of(stream: TextIO) -> int | None:
    """Return the columns of the terminal behind a stream; None where there is no terminal."""
    if not stream.isatty():
        return None
    wanted = os.environ.get("COLUMNS", "")
    if wanted.isascii() and wanted.isdigit() and int(wanted):
        return int(wanted)
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except OSError:
        return None


def note(text: str) -> None:
    """Write a note to standard error; on a terminal its lines break between words."""
    remark(_folded(f"note: {_line(text)}", "      ") + "\n")


def complain(*lines: str) -> None:
    """Write an error to standard error, in one line or two that start in one column.

    On a terminal a single one breaks between words; of two the second points into the first.
    """
    text = "error: " + "\n       ".join(map(_line, lines))
    if len(lines) == 1:
        text = _folded(text, "       ")
    remark(text + "\n")


def _line(text: str) -> str:
    return shortened(visible(text), LONGEST_MESSAGE)


def _folded(text: str, indent: str) -> str:
    from lossctl.report.formats import folded

    return "\n".join(folded(text, width_of(sys.stderr), indent))
