"""What the function that opens a format is told: what is wanted, how tables are read, a store."""

from typing import NamedTuple

from lossctl.core.errors import UsageError
from lossctl.io.registry import Format
from lossctl.io.spill import Store


class TableOptions(NamedTuple):
    """How tables are read: whether they have a header, their delimiter, their id column."""

    header: bool = True
    delimiter: str | None = None
    id_column: str | None = None
    threads: int | None = None


class Opening(NamedTuple):
    """One file or stream to be opened.

    Attributes
    ----------
    form
        Its format.
    label
        What messages call it.
    selector
        The member or columns chosen, what stands after ``::``; None without.
    wanted
        Name of the input it is for.
    tables
        How tables are read.
    store
        Where decoded numbers are kept.
    keep_open
        Whether a file that is read in blocks stays open between them.
    size
        Bytes of the stream where that is known, for the progress.
    """

    form: Format
    label: str
    selector: str | None
    wanted: str
    tables: TableOptions
    store: Store
    keep_open: bool = True
    size: int = 0

    def refuse_selector(self) -> None:
        """Raise a UsageError for a selector: a file of this format holds one array."""
        if self.selector is not None:
            raise UsageError(
                f"{self.label}: {self.form.name} files hold one array; drop ::{self.selector}"
            )


def typed(label: str) -> str:
    """Return what is typed for a file that messages call `label`: ``-`` for standard input."""
    return "-" if label == "stdin" else label
