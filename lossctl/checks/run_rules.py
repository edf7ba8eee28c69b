"""Ask rules, silence what others explain, and put what is left in order."""

from collections.abc import Sequence

from lossctl.checks.facts import NEEDS, Facts
from lossctl.checks.finding import SEVERITIES, Finding, Report, Skipped
from lossctl.checks.rule import Rule
from lossctl.checks.silence import depth, explained


def run_rules(rules: Sequence[Rule], facts: Facts, unread: str = "") -> Report:
    """Return what the rules say; a rule that raises is a fault and raises here.

    `unread` says why there are no statistics of inputs, where there are none; then rules are asked
    that need others.
    """
    findings: list[Finding] = []
    passed, skipped = [], []
    for rule in rules:
        missing = next((need for need in rule.needs if not facts.has(need)), None)
        if unread and not {"ids", "series"} & set(rule.needs):
            skipped.append(Skipped(rule.code, unread))
            continue
        if missing is not None:
            skipped.append(Skipped(rule.code, f"needs {NEEDS[missing]}"))
            continue
        found = rule.findings(facts)
        findings += found
        if not found:
            passed.append(rule.code)
    gravest = {
        each.code: min(
            (other.severity for other in findings if other.code == each.code), key=SEVERITIES.index
        )
        for each in findings
    }
    causes = explained(list(gravest), gravest)
    skipped += [Skipped(code, f"explained by {cause}") for code, cause in causes.items()]
    shown = [each for each in findings if each.code not in causes]
    shown.sort(key=lambda each: (SEVERITIES.index(each.severity), depth(each.code)))
    return Report(shown, passed, sorted(skipped))
