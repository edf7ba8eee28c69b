"""Errors a user can cause, each with the exit code the command line gives it."""


class LossctlError(Exception):
    """Base of every error whose message is written for the user."""

    exit_code = 2


class UsageError(LossctlError, ValueError):
    """The request itself is wrong: a name, a parameter, an option, a combination."""

    exit_code = 2


class DataError(LossctlError, ValueError):
    """The request is fine, the data is not: a file, a shape, a value."""

    exit_code = 3
