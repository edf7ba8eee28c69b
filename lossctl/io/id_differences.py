"""How the ids of two tables differ, and the error that says so."""

from typing import NamedTuple

from lossctl.core.errors import DataError


class IdDifference(NamedTuple):
    """How the ids of two tables differ.

    Attributes
    ----------
    column
        The column of ids.
    rows
        Rows of both tables.
    missing, doubled
        Ids that one table alone has, and that are in several rows of one.
    reordered
        Whether all ids are in both, in another order.
    examples
        A few of the ids.
    """

    column: str
    rows: tuple[int, int] = (0, 0)
    missing: int = 0
    doubled: int = 0
    reordered: bool = False
    examples: tuple[str, ...] = ()


class IdError(DataError):
    """Tables whose rows do not belong together by their ids."""

    def __init__(self, message: str, difference: IdDifference) -> None:
        """Keep what differs beside the message."""
        super().__init__(message)
        self.difference = difference
