"""The plugin of pytest: the assertions as fixtures, which note their gates in pytest's own report.

pytest loads it at every start where lossctl is installed, so that the rest of lossctl, and NumPy
with it, is loaded only by a test that uses a fixture.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from lossctl.gates.judge import Verdict

PROPERTY = "lossctl"  # of test cases, in ``pytest --junit-xml``


@pytest.fixture
def assert_loss(record_property: Callable[[str, object], None]) -> Callable[..., Any]:
    """Compute a loss and fail where it passes a limit: see ``lossctl.testing.assert_loss``."""

    def check(*arguments: Any, **keywords: Any) -> Any:
        __tracebackhide__ = True
        from lossctl.api import compute  # noqa: PLC0415 - see above
        from lossctl.testing.assertions import judged  # noqa: PLC0415

        result, verdict = judged(compute, *arguments, **keywords)
        _note(verdict, record_property)
        return result

    return check


@pytest.fixture
def assert_metric(record_property: Callable[[str, object], None]) -> Callable[..., Any]:
    """Compute a metric and fail where it is under a limit: ``lossctl.testing.assert_metric``."""

    def check(*arguments: Any, **keywords: Any) -> Any:
        __tracebackhide__ = True
        from lossctl.api import metric  # noqa: PLC0415 - see above
        from lossctl.testing.assertions import judged  # noqa: PLC0415

        result, verdict = judged(metric, *arguments, **keywords)
        _note(verdict, record_property)
        return result

    return check


@pytest.fixture
def assert_not_worse(record_property: Callable[[str, object], None]) -> Callable[..., Any]:
    """Fail where a model is worse than another: see ``lossctl.testing.assert_not_worse``."""

    def check(*models: Any, **keywords: Any) -> Any:
        __tracebackhide__ = True
        from lossctl.testing.assertions import judged_models  # noqa: PLC0415 - see above

        answer, verdict = judged_models(*models, **keywords)
        _note(verdict, record_property)
        return answer

    return check


def _note(verdict: Verdict, record_property: Callable[[str, object], None]) -> None:
    """Note what each gate says as a property of the test; fail the test where one fails."""
    __tracebackhide__ = True
    from lossctl.core.spelling import visible  # noqa: PLC0415 - see above
    from lossctl.testing.assertions import require_passed  # noqa: PLC0415

    for outcome in verdict.outcomes:
        record_property(PROPERTY, visible(outcome.message))
    require_passed(verdict)
