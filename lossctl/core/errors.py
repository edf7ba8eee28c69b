"""Errors a user can cause, each with the exit code the command line gives it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import FrameType, TracebackType

from lossctl.core.spelling import LONGEST_MESSAGE, plural, shortened

MOST_MISTAKES = 20  # that are shown of one request

OK, GATE_FAILED, USAGE, INVALID_DATA, UNDECIDED, INTERNAL, INTERRUPTED = 0, 1, 2, 3, 4, 70, 130


class LossctlError(Exception):
    """Base of every error whose message is written for the user."""

    exit_code = USAGE

    def __init__(self, message: str = "") -> None:
        if "://" in message:  # whatever named the URL: a message may be kept in a log
            from lossctl.core.urls import secrets_left_out  # noqa: PLC0415 - URLs only

            message = secrets_left_out(message)
        super().__init__(shortened(message, LONGEST_MESSAGE))

    @property
    def lines(self) -> tuple[str, ...]:
        """The message in lines; line breaks inside one come from data and are shown as such."""
        return (str(self),)


class UsageError(LossctlError, ValueError):
    """The request itself is wrong: a name, a parameter, an option, a combination."""


class AmbiguousNameError(UsageError):
    """A name of several losses; `choices` are their ids, each with what it is of."""

    def __init__(self, name: str, choices: Mapping[str, str]) -> None:
        self.name, self.choices = name, choices
        super().__init__(self.said())

    def said(self, before: str = "") -> str:
        """Say what the name means; `before` stands before each id, as in a command."""
        ways = [f"{before}{loss} ({of})" for loss, of in self.choices.items()]
        return f"{self.name!r} means {' or '.join(ways)}; say which"


class DataError(LossctlError, ValueError):
    """The request is fine, the data is not: a file, a shape, a value."""

    exit_code = INVALID_DATA


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


class SeveralError(UsageError):
    """Several mistakes of one request, each on a line of its own."""

    def __init__(self, errors: Sequence[LossctlError]) -> None:
        super().__init__()
        self.errors = tuple(errors)

    def __str__(self) -> str:
        return "\n".join([*map(str, self.errors[:MOST_MISTAKES]), *self._more])

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of every error, of very many those of the first."""
        first = (line for error in self.errors[:MOST_MISTAKES] for line in error.lines)
        return (*first, *self._more)

    @property
    def _more(self) -> tuple[str, ...]:
        more = len(self.errors) - MOST_MISTAKES
        return (f"… and {plural(more, 'more mistake')}",) if more > 0 else ()


def together(errors: Iterable[LossctlError]) -> LossctlError:
    """Return errors as one, equal ones once; a single one as it is."""
    parts = [part for one in errors for part in getattr(one, "errors", (one,))]
    unique = list({str(part): part for part in parts}.values())
    return unique[0] if len(unique) == 1 else SeveralError(unique)


class Mistakes:
    """Gathers errors: ``with mistakes: …`` notes that of its block, and what follows is run."""

    def __init__(self) -> None:
        self.errors: list[LossctlError] = []

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> bool:
        if isinstance(error, LossctlError):
            self.errors.append(error)
        return isinstance(error, LossctlError)

    def raise_any(self) -> None:
        """Raise what was noted: every mistake of the request, or else the first of the data."""
        if self.errors:
            requests = [one for one in self.errors if not isinstance(one, DataError)]
            raise together(requests or self.errors[:1])


def changed_file(label: str) -> DataError:
    """Return the error for a file that was written while it was read."""
    return DataError(f"{label}: the file changed while it was read; run again")


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
