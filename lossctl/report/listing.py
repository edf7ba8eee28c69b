"""Render the catalogue: every loss by family, as text or JSON."""

from collections.abc import Sequence
from typing import Any

from lossctl.core.errors import UsageError
from lossctl.core.spelling import did_you_mean, lines_visible, option, visible
from lossctl.losses.catalogue import FAMILIES
from lossctl.report import index
from lossctl.report.formats import PLAIN, Display, bold, folded, json_document, tabbed, wrapped
from lossctl.report.listed import RECIPE, SCHEMA_VERSION, Listed, every_listed
from lossctl.report.search import Hits, nothing_found
from lossctl.report.search import search as search_entries

LIST_FORMATS = ("table", "plain", "json")
CLOSING = "lossctl show LOSS explains one; lossctl list --metrics lists the metrics."


def catalogue(
    family: str | None = None,
    task: str | None = None,
    search: str | None = None,
    *,
    metrics: bool = False,
) -> list[dict[str, Any]]:
    """Return what there is: losses, losses of plugins, and recipes; or the metrics.

    Parameters
    ----------
    family, task
        Only those of a family (``"regression"``) or for a task (``"binary"``).
    search
        Only those with all of these words in their names, textbook names, names in other libraries,
        tasks or summaries (``"log loss"``), best first; in the text of their pages if none has.
    metrics
        Whether to return the metrics: with direction, range and needs in place of the family.

    Returns
    -------
    list of dict
        One for each: id, title, family, aliases, also_called, tasks, summary, params (name to
        default). Empty where nothing matches.

    Raises
    ------
    UsageError
        For a family or a task that does not exist, with the nearest one; for a search without
        letters, or of more than 60 characters.

    Examples
    --------
    >>> [entry["id"] for entry in catalogue("sequence")]
    ['ctc', 'perplexity', 'bits_per_byte']
    >>> [entry["id"] for entry in catalogue(search="svm")]
    ['hinge', 'squared_hinge', 'multi_margin', 'multiclass_hinge', 'pairwise_hinge']
    """
    if metrics:
        from lossctl.report.metric_listing import metrics_found  # as below

        return [dict(metric) for metric in metrics_found(task, search)]
    return [each.as_data() for each in _found(family, task, search).found]


def render_list(
    family: str | None,
    task: str | None,
    form: str,
    display: Display = PLAIN,
    search: str | None = None,
    *,
    metrics: bool = False,
    indexed: bool = False,
) -> str:
    """Render the losses of a family, a task and a search, or all; or the metrics.

    Parameters
    ----------
    indexed
        Whether the index may say what there is; it knows nothing of files of losses.

    Raises
    ------
    UsageError
        For a family, task or format that does not exist, with the nearest one, and for a search
        without words.
    """
    _require(option("form"), form, list(LIST_FORMATS))
    if metrics:
        from lossctl.report.metric_listing import render_metrics  # only where they are asked for

        if family is not None:
            raise UsageError(f"{option('family')}: metrics have no families; leave it out")
        return render_metrics(task, form, display, search, indexed=indexed)
    hits = _found(family, task, search, indexed=indexed)
    if form == "json":
        entries = [each.as_data() for each in hits.found]
        return json_document({"schema_version": SCHEMA_VERSION, "losses": entries})
    if form == "plain":
        return tabbed([each.id] for each in hits.found)
    if search is None:
        return _by_family(hits.found, display)
    return _by_match(hits, search, display) if hits.found else nothing_matches(search)


def nothing_matches(search: str) -> str:
    """Say that no loss at all or none of a family and a task has the words of a search."""
    everything = _everything()
    if search_entries(search, everything).found:
        return f"no loss of this family and task matches {search!r}; others do"
    return nothing_found(search, everything)


def _found(
    family: str | None, task: str | None, search: str | None, *, indexed: bool = False
) -> Hits:
    """Return the losses and recipes of a family, a task and a search."""
    everything = _everything(indexed=indexed)
    tasks = {name for each in everything for name in each.tasks}
    _require(option("family"), family, [*FAMILIES, RECIPE])
    _require(option("task"), task, sorted(tasks))
    chosen = [
        each
        for each in everything
        if family in {None, each.family} and (task is None or task in each.tasks)
    ]
    return Hits(chosen) if search is None else search_entries(search, chosen)


def _everything(*, indexed: bool = False) -> Sequence[Listed]:
    every = index.read("losses") if indexed else None
    return list(every_listed()) if every is None else [Listed(*each) for each in every]


def _require(what: str, name: str | None, known: list[str]) -> None:
    if name is not None and name not in known:
        raise UsageError(
            f"unknown {what} {name!r}; there is {', '.join(known)}{did_you_mean(name, known)}"
        )


def _by_family(entries: Sequence[Listed], display: Display) -> str:
    """One paragraph a family; on a terminal, lines wrap at its width under their own text."""
    families = {**FAMILIES, RECIPE: "Named compositions of losses"}
    indent = _indent_of(entries, display)
    parts = []
    for family, summary in families.items():
        chosen = [each for each in entries if each.family == family]
        if chosen:
            head = _heading(f"{family}: {summary}", display)
            parts.append("\n".join([head, *_lines(chosen, indent, display)]))
    if not parts:
        return "no loss fits; lossctl list shows them all"
    return "\n\n".join(parts) + f"\n\n{CLOSING}"


def _by_match(hits: Hits, search: str, display: Display) -> str:
    """One paragraph, best first."""
    count = len(hits.found)
    order = ", best first" if count > 1 else ""
    where = ", found in the text of their pages" if hits.in_pages else order
    head = f"{count} {'match' if count == 1 else 'matches'} of {search.strip()!r}{where}"
    lines = _lines(hits.found, _indent_of(hits.found, display), display)
    return "\n".join([_heading(head, display), *lines]) + f"\n\n{CLOSING}"


def _heading(text: str, display: Display) -> str:
    return "\n".join(
        bold(line, colour=display.colour) for line in folded(visible(text), display.width)
    )


def _indent_of(entries: Sequence[Listed], display: Display) -> int:
    """Return where summaries begin: behind the longest name that leaves them room."""
    lengths = [len(each.id) for each in entries]
    # in a pipe a loss is one line, for grep; on a terminal a longer name has a line of its own
    widest = max(lengths, default=0) if display.width is None else display.width // 4
    return 2 + max((length for length in lengths if length <= widest), default=0) + 2


def _lines(entries: Sequence[Listed], indent: int, display: Display) -> list[str]:
    return [_entry_lines(each.id, each.summary, indent, display) for each in entries]


def _entry_lines(name: str, summary: str, indent: int, display: Display) -> str:
    """Write a name and its summary; the summary of a long name begins on the next line."""
    first = f"  {name}".ljust(indent)
    if display.width is None:
        return visible(f"{first}{summary}")
    text = wrapped(summary, " " * indent, width=max(display.width, indent + 20))
    if len(name) + 4 > indent:  # no gap would be left
        return lines_visible(f"  {name}\n{text}")
    return lines_visible(first + text[indent:])
