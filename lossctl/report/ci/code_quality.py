"""GitLab's Code Quality report: what is worse than on the target branch, in the merge request.

A JSON array of records with ``description``, ``check_name``, ``fingerprint``, ``severity`` and
``location``, one for each outcome that is an error or a warning; GitLab compares fingerprints.
"""

from lossctl.core.outcome import Outcome, Summary
from lossctl.core.spelling import visible
from lossctl.report.formats import json_document

SEVERITIES = {"error": "major", "warning": "minor"}
ON_THE_COMMAND_LINE = ".gitlab-ci.yml"  # where commands of jobs stand, and so their gates


def as_code_quality(summary: Summary) -> str:
    """Write a record for each outcome that is an error or a warning."""
    seen: dict[str, int] = {}
    records = []
    for outcome in summary.outcomes:
        if outcome.level == "none":
            continue
        path = outcome.file or ON_THE_COMMAND_LINE
        # not of the message: another value of the same gate is the same problem
        named = "\0".join((path, outcome.group or summary.title, outcome.title))
        seen[named] = seen.get(named, 0) + 1
        records.append(
            {
                "description": visible(f"{outcome.title}: {outcome.message}"),
                "check_name": f"lossctl/{outcome.status}",
                "fingerprint": _fingerprint(f"{named}\0{seen[named]}"),
                "severity": SEVERITIES[outcome.level],
                "location": {"path": path, "lines": {"begin": _line(outcome)}},
            }
        )
    return json_document(records) + "\n"


def _line(outcome: Outcome) -> int:
    return (outcome.line or 1) if outcome.file else 1


def _fingerprint(text: str) -> str:
    from hashlib import blake2b

    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
