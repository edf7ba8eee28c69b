"""Errors a user can cause, each with the exit code the command line gives it."""

from collections.abc import Sequence


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


class SeveralError(UsageError):
    """Several mistakes of one request, each on a line of its own."""

    def __init__(self, errors: Sequence[LossctlError]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(map(str, errors)))

    @property
    def lines(self) -> tuple[str, ...]:
        """The lines of every error."""
        return tuple(line for error in self.errors for line in error.lines)


def together(errors: Sequence[LossctlError]) -> LossctlError:
    """Return errors as one; a single one as it is."""
    return errors[0] if len(errors) == 1 else SeveralError(errors)
