"""JUnit's XML, as Jenkins, GitLab, Azure and most other CI systems read it.

Elements and attributes are those of the schema of Jenkins, in which a test case has a name, a class
and a time: places of gates stand in the texts.
"""

from collections.abc import Iterator, Sequence

from lossctl.core.outcome import Outcome, Summary
from lossctl.core.spelling import html_text

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'


def as_junit(summary: Summary) -> str:
    """Write a suite for each group of outcomes, with a test case for each outcome.

    What fails the command is a failure; what is undecided and fails nothing is skipped, since JUnit
    knows nothing in between; a warning passes, with its message as its output.
    """
    groups: dict[str, list[Outcome]] = {}
    for outcome in summary.outcomes:
        groups.setdefault(outcome.group or summary.title, []).append(outcome)
    tests, failures, _ = _counts(summary.outcomes)
    attributes = _attributes(name=summary.title, tests=tests, failures=failures, errors="0")
    lines = [HEAD, f"<testsuites{attributes}>"]
    for name, outcomes in groups.items():
        tests, failures, skipped = _counts(outcomes)
        attributes = _attributes(
            name=name, tests=tests, failures=failures, errors="0", skipped=skipped
        )
        lines.append(f"  <testsuite{attributes}>")
        lines += [line for outcome in outcomes for line in _case(outcome, name)]
        lines.append("  </testsuite>")
    return "\n".join([*lines, "</testsuites>"]) + "\n"


def _counts(outcomes: Sequence[Outcome]) -> tuple[str, str, str]:
    """Return how many test cases there are, how many fail and how many are skipped."""
    failures = sum(outcome.level == "error" for outcome in outcomes)
    skipped = sum(_is_skipped(outcome) for outcome in outcomes)
    return str(len(outcomes)), str(failures), str(skipped)


def _is_skipped(outcome: Outcome) -> bool:
    return outcome.status in {"skipped", "undecided"} and outcome.level != "error"


def _attributes(**values: str) -> str:
    return "".join(f' {name}="{html_text(value)}"' for name, value in values.items())


def _case(outcome: Outcome, group: str) -> Iterator[str]:
    attributes = _attributes(classname=group, name=outcome.title)
    text = outcome.message + (f" ({outcome.where})" if outcome.where else "")
    yield f"    <testcase{attributes}>"
    if outcome.level == "error":
        attributes = _attributes(type=outcome.status, message=outcome.message)
        yield f"      <failure{attributes}>{html_text(text)}</failure>"
    elif _is_skipped(outcome):
        yield f"      <skipped{_attributes(type=outcome.status, message=outcome.message)}/>"
    else:
        yield f"      <system-out>{html_text(text)}</system-out>"
    yield "    </testcase>"
