"""The help of the command line: options under headings, in two columns of one width."""

from collections.abc import Iterable, Sequence
from typing import Any

from typer.core import TyperCommand

QUESTIONS, INPUTS, OUTPUT, GATES = "Questions", "Inputs", "Output", "Gates"
SLICES, COMPARISON, WHAT_TO_CHECK = "Slices", "Comparison", "What to check"
SHOWN, WRITTEN = "What to show", "What to write"
WIDEST_NAME = 26  # columns; the help of a longer name begins on the next line


def groups() -> tuple[str, ...]:
    """Return the headings in their order; under each, the order is that of the declarations."""
    # `lossctl --help` reads this module and needs no headings
    from lossctl.core.options import OTHER, READING, WEIGHTS, WHAT

    first = (QUESTIONS, SHOWN, WRITTEN, WHAT_TO_CHECK, WHAT, COMPARISON, SLICES)
    return (*first, INPUTS, READING, WEIGHTS, OUTPUT, GATES, OTHER)


class GroupedCommand(TyperCommand):
    """A command whose help shows arguments and options under the headings they were given."""

    def format_options(self, ctx: Any, formatter: Any) -> None:
        """Write the arguments and options."""
        write_sections(formatter, self.sections(ctx).items())

    def sections(self, ctx: Any) -> dict[str, list[tuple[str, str]]]:
        """Return names and helps of the arguments and options by their heading, in order."""
        grouped: dict[str, list[tuple[str, str]]] = {name: [] for name in groups()}
        other = groups()[-1]
        for parameter in self.get_params(ctx):
            heading = getattr(parameter, "rich_help_panel", None) or other
            if (record := parameter.get_help_record(ctx)) is not None:
                name = _name(parameter) or record[0]
                grouped[heading].append((name, " ".join(record[1].split())))
        return {heading: rows for heading, rows in grouped.items() if rows}


def _name(parameter: Any) -> str:
    """Return the name of an argument, which typer shows with its type in Python."""
    return (parameter.metavar or "") if parameter.param_type_name == "argument" else ""


def write_sections(
    formatter: Any, sections: Iterable[tuple[str, Sequence[tuple[str, str]]]]
) -> None:
    """Write names and texts under their headings; the texts of all begin in one column."""
    filled = [(heading, rows) for heading, rows in sections if rows]
    names = [name for _, rows in filled for name, _ in rows]
    column = max(len(name) for name in names if len(name) <= WIDEST_NAME)
    for heading, rows in filled:
        with formatter.section(heading):
            # the formatter makes a column as wide as the longest name: all are as wide as another
            formatter.write_dl([(name.ljust(column), text) for name, text in rows], col_max=column)
