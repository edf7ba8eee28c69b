"""Which findings explain which: a cause silences its symptoms."""

from collections.abc import Mapping, Sequence

# A cause, by beginnings of codes, and the symptoms that are not reported beside it.
CAUSES: Sequence[tuple[tuple[str, ...], tuple[str, ...]]] = (
    (
        (
            *(f"LC10{n}" for n in (1, 2, 3, 4, 5, 7)),
            *(f"LC20{n}" for n in (2, 3, 4, 5, 8)),
            *(f"LC30{n}" for n in (1, 2, 3)),
            *(f"LC50{n}" for n in (2, 3, 4, 5)),
        ),
        ("LC201",),
    ),
    (("LC502", "LC503"), ("LC106", "LC205", "LC206")),
    (("LC208",), ("LC105",)),
    (("LC407",), ("LC205",)),
    (("LC501",), ("LC103", "LC104", "LC105", "LC107")),
    (("LC501", "LC502"), ("LC305",)),
    (("LC2", "LC3", "LC4", "LC5"), ("LC601", "LC602", "LC603", "LC604")),
)


def explained(codes: Sequence[str], severities: Mapping[str, str]) -> dict[str, str]:
    """Return the codes that others explain, each with the code of its cause.

    Findings that are no more than ``info`` explain nothing.
    """
    by_cause: dict[str, str] = {}
    grave = [code for code in codes if severities[code] != "info"]
    for causes, symptoms in CAUSES:
        for symptom in codes:
            if not symptom.startswith(symptoms) or symptom in by_cause:
                continue
            cause = next(
                (code for code in grave if code.startswith(causes) and code not in by_cause), None
            )
            if cause is not None and cause != symptom:
                by_cause[symptom] = cause
    return by_cause


def depth(code: str) -> tuple[int, str]:
    """Return where a code stands among findings of one severity: causes before symptoms."""
    level = max(
        (at for at, (_, symptoms) in enumerate(CAUSES, 1) if code.startswith(symptoms)), default=0
    )
    return level, code
