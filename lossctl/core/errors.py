"""Errors a user can cause, each with the exit code the command line gives it."""

from collections.abc import Callable
from pathlib import Path
from types import FrameType


class LossctlError(Exception):
    """Base of every error whose message is written for the user."""

    exit_code = 2

    @property
    def lines(self) -> tuple[str, ...]:
        """The message in lines; line breaks inside one come from data and are shown as such."""
        return (str(self),)


class UsageError(LossctlError, ValueError):
    """The request itself is wrong: a name, a parameter, an option, a combination."""

    exit_code = 2


class DataError(LossctlError, ValueError):
    """The request is fine, the data is not: a file, a shape, a value."""

    exit_code = 3


class PlacedError(UsageError):
    """A mistake at a place in a text: the text on one line, a caret and the problem under it."""

    def __init__(self, text: str, column: int, problem: str) -> None:
        super().__init__(f"{text}\n{' ' * column}^ {problem}")
        self._parts = text, column, problem

    @property
    def lines(self) -> tuple[str, ...]:
        """Both lines."""
        text, column, problem = self._parts
        return text, f"{' ' * column}^ {problem}"

    def after(self, prefix: str) -> "PlacedError":
        """Put words before the text; the caret moves along."""
        text, column, problem = self._parts
        return PlacedError(prefix + text, len(prefix) + column, problem)


def place_of(error: BaseException, is_own: Callable[[FrameType], bool]) -> str:
    """Return ``file:line`` of the innermost call in code that is the user's own; empty if none."""
    trace, innermost = error.__traceback__, ""
    while trace is not None:
        if is_own(trace.tb_frame):
            innermost = file_line(trace.tb_frame.f_code.co_filename, trace.tb_lineno)
        trace = trace.tb_next
    return innermost


def file_line(file: str, line: int | None) -> str:
    """Return ``file:line``; a file below the working directory is named from there."""
    path = Path(file)
    return f"{path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else file}:{line}"
