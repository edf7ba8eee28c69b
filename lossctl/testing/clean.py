"""An assertion for tests of models: the predictions they save have no mistake that rules know."""

from typing import Any

from lossctl.checking import check
from lossctl.checks.finding import SEVERITIES
from lossctl.core.errors import UsageError


def assert_clean(*inputs: Any, fail_on: str = "error", **keywords: Any) -> None:
    """Assert that ``lossctl.check`` finds nothing of a severity or a greater one.

    Parameters
    ----------
    *inputs, **keywords
        Predictions, targets, ``loss``, and all else that :func:`lossctl.check` takes.
    fail_on
        ``error``, ``warning`` or ``info``.

    Raises
    ------
    AssertionError
        With each finding and what to do.

    Examples
    --------
    >>> from lossctl.testing import assert_clean
    >>> assert_clean([0.2, 0.9, 0.4, 0.6], [0, 1, 0, 1], loss="bce")
    """
    if fail_on not in SEVERITIES:
        raise UsageError(f"fail_on must be one of {', '.join(SEVERITIES)}, got {fail_on!r}")
    grave = SEVERITIES[: SEVERITIES.index(fail_on) + 1]
    lines = [
        f"{each.code} {each.name} ({each.severity}): {each.message}. {each.remedy}"
        for each in check(*inputs, **keywords).findings
        if each.severity in grave
    ]
    if lines:
        raise AssertionError("\n".join(lines))
