"""Annotations of GitHub: lines of a job's log that are shown at the line of a file.

``::error file=F,line=N,title=T::MESSAGE``, where percent signs and line ends of the message are
escaped, in properties colons and commas too.
"""

from lossctl.core.outcome import Outcome, Summary
from lossctl.core.spelling import lines_visible, visible


def as_annotations(summary: Summary) -> str:
    """Write an annotation for each outcome that is an error or a warning, errors first."""
    shown = [outcome for outcome in summary.outcomes if outcome.level != "none"]
    # of each kind GitHub shows ten a step: those that fail the job go first
    shown.sort(key=lambda outcome: outcome.level)
    return "".join(f"{_command(outcome)}\n" for outcome in shown)


def _command(outcome: Outcome) -> str:
    properties: dict[str, str] = {}
    if outcome.file is not None:
        properties["file"] = outcome.file
        properties["line"] = str(outcome.line or 1)
    properties["title"] = outcome.title
    words = ",".join(f"{name}={annotation_property(text)}" for name, text in properties.items())
    return f"::{outcome.level} {words}::{annotation(outcome.message)}"


def annotation(text: str) -> str:
    r"""Write the message of an annotation, ``::error::MESSAGE``, as a job of GitHub reads it.

    Examples
    --------
    >>> annotation("50% of\nrows")
    '50%25 of%0Arows'
    """
    return lines_visible(text).replace("%", "%25").replace("\n", "%0A")


def annotation_property(text: str) -> str:
    r"""Write a property of an annotation, ``::error file=FILE,title=TITLE::``.

    Examples
    --------
    >>> annotation_property("50%, a::b")
    '50%25%2C a%3A%3Ab'
    """
    return annotation(visible(text)).replace(":", "%3A").replace(",", "%2C")
