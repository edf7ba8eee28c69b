"""Gates as assertions: a test fails where a loss is too high, or a model worse than another."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lossctl.api import compute
from lossctl.api import metric as compute_metric
from lossctl.comparing import compare
from lossctl.core.result import Result
from lossctl.gates.judge import Verdict, judge

if TYPE_CHECKING:
    from lossctl.comparison_result import Comparisons

GATES = ("fail_over", "fail_under", "baseline", "tolerance")


def assert_loss(
    loss: Any,
    *inputs: Any,
    fail_over: Any = None,
    baseline: Any = None,
    tolerance: float | str | None = None,
    undecided: str | None = None,
    **keywords: Any,
) -> Result:
    """Compute a loss and fail the test where it passes a limit or is worse than a baseline.

    Parameters
    ----------
    loss, *inputs, **keywords
        As for :func:`lossctl.compute`.
    fail_over, baseline, tolerance, undecided
        As for :func:`lossctl.judge`.

    Returns
    -------
    Result
        The result, for further assertions.

    Raises
    ------
    AssertionError
        With a sentence for each gate that fails, and where the value is not finite.

    Examples
    --------
    >>> assert_loss("mae", [1.0, 2.0], [1.5, 2.5], fail_over=0.6).value
    0.5
    >>> assert_loss("mae", [1.0, 2.0], [1.5, 2.5], fail_over="90% of constant")
    Traceback (most recent call last):
    AssertionError: gate failed: mae is 0.5, over the limit 0.45, 90 % of the best constant prediction 0.5
    """  # noqa: E501 - the message is one line
    __tracebackhide__ = True
    gates = {"fail_over": fail_over, "baseline": baseline, "tolerance": tolerance}
    result, verdict = judged(compute, loss, *inputs, **gates, undecided=undecided, **keywords)
    require_passed(verdict)
    return result


def assert_metric(
    metric: Any,
    *inputs: Any,
    fail_under: Any = None,
    fail_over: Any = None,
    undecided: str | None = None,
    **keywords: Any,
) -> Result:
    """Compute a metric and fail the test where it is under a limit, or over one.

    Parameters
    ----------
    metric, *inputs, **keywords
        As for :func:`lossctl.metric`; `baseline` and `tolerance` too, as for :func:`assert_loss`.
    fail_under, fail_over, undecided
        As for :func:`lossctl.judge`.

    Returns
    -------
    Result
        The result, for further assertions.

    Raises
    ------
    AssertionError
        With a sentence for each gate that fails.

    Examples
    --------
    >>> assert_metric("accuracy", [0, 1, 1, 1], [0, 1, 1, 0], fail_under=0.7).value
    0.75
    """
    __tracebackhide__ = True
    gates = {"fail_under": fail_under, "fail_over": fail_over, "undecided": undecided}
    result, verdict = judged(compute_metric, metric, *inputs, **gates, **keywords)
    require_passed(verdict)
    return result


def assert_not_worse(
    *models: Any,
    targets: Any = None,
    loss: Any = (),
    undecided: str = "pass",
    fail_over: Any = None,
    fail_under: Any = None,
    **keywords: Any,
) -> "Comparisons":
    """Compare models with the first, and fail the test where one is worse, by a one-sided test.

    Parameters
    ----------
    *models, targets, loss, **keywords
        As for :func:`lossctl.compare`: the baseline first, then one model or several; `margin` is
        the largest difference that does not matter.
    undecided
        ``pass``, or ``fail`` where the rows are too few to tell.
    fail_over, fail_under
        Limits of the models' values and of slices, as for :func:`lossctl.judge`.

    Returns
    -------
    Comparisons
        The comparisons, for further assertions.

    Raises
    ------
    AssertionError
        With a sentence for each gate that fails.

    Examples
    --------
    >>> old, new, targets = [0.0, 0.0, 0.0], [0.9, 1.2, 0.9], [1.0, 1.0, 1.0]
    >>> assert_not_worse(old, new, targets=targets, loss="mae").comparisons[0].verdict
    'better'
    """
    __tracebackhide__ = True
    gates = {"undecided": undecided, "fail_over": fail_over, "fail_under": fail_under}
    answer, verdict = judged_models(*models, targets=targets, loss=loss, **gates, **keywords)
    require_passed(verdict)
    return answer


def judged(
    function: Callable[..., Result],
    name: Any,
    *inputs: Any,
    undecided: str | None = None,
    **keywords: Any,
) -> tuple[Result, Verdict]:
    """Return what a function of a loss or a metric computes, and what its gates come to."""
    gates = {each: keywords.pop(each, None) for each in GATES}
    keywords.setdefault("context", True)
    if undecided is not None:
        keywords.setdefault("interval", True)
    result = function(name, *inputs, **keywords)
    return result, judge(result, **gates, undecided=undecided)


def judged_models(
    *models: Any, undecided: str = "pass", **keywords: Any
) -> "tuple[Comparisons, Verdict]":
    """Return a comparison and what its gates come to."""
    limits = {name: keywords.pop(name, None) for name in ("fail_over", "fail_under")}
    answer = compare(*models, **keywords)
    return answer, judge(answer, **limits, undecided=undecided, fail_if_worse=True)


def require_passed(verdict: Verdict) -> None:
    """Fail the test where a gate fails, with all that failed."""
    __tracebackhide__ = True
    if not verdict.passed:
        raise AssertionError("\n".join(verdict.failures))
