"""Every loss and recipe as a function of arrays or of places to read from."""

# Written by tools/stubs.py; do not edit.

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, Literal, Protocol, TypeAlias, overload

from numpy.typing import ArrayLike, NDArray

class _Tensor(Protocol):
    def __dlpack__(self, *arguments: Any, **keywords: Any) -> Any: ...

_Data: TypeAlias = ArrayLike | PathLike[str] | _Tensor

@overload
def mse(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def mse(
    predictions: _Data, targets: _Data, *, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Mean squared error: (prediction − target)²; the best constant is the mean

        e²,  e = p − t

    Parameters
    ----------
    predictions : array
        Predicted values, any shape.
    targets : array
        True values, shaped like the predictions.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - declared in lossctl/losses/regression/mse.py
    - when to use it, what to expect, its curve: ``lossctl.show('mse')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.mse([[1.0, 2.0], [3.0, 4.0]], [[1.5, 2.5], [3.5, 4.5]]), 6)
    0.25
    >>> round(lossctl.losses.mse([3.0, 0.0], [1.0, 1.0]), 6)
    2.5

    References
    ----------
    - Gneiting, Making and evaluating point forecasts (2011), arXiv:0912.0902
    """

@overload
def mae(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def mae(
    predictions: _Data, targets: _Data, *, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Mean absolute error (L1): |prediction − target|; the best constant is the
    median

        |e|,  e = p − t

    Parameters
    ----------
    predictions : array
        Predicted values, any shape.
    targets : array
        True values, shaped like the predictions.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - declared in lossctl/losses/regression/mae.py
    - when to use it, what to expect, its curve: ``lossctl.show('mae')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.mae([1.0, 2.0, 3.0], [1.5, 2.5, 3.5]), 6)
    0.5

    References
    ----------
    - Gneiting, Making and evaluating point forecasts (2011), arXiv:0912.0902
    """

@overload
def huber(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def huber(
    predictions: _Data, targets: _Data, *, delta: float = 1.0, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Huber loss: ½e² for |e| ≤ δ, else δ·(|e| − ½δ); quadratic, then linear

        ½e² if |e| ≤ δ, else δ(|e| − ½δ),  e = p − t

    Parameters
    ----------
    predictions : array
        Predicted values, any shape.
    targets : array
        True values, shaped like the predictions.
    delta : (0, inf), default 1.0
        Threshold δ: |residual| at which the loss turns linear.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - smooth_l1 is huber divided by beta; the two agree only at delta = beta = 1
    - declared in lossctl/losses/regression/huber.py
    - when to use it, what to expect, its curve: ``lossctl.show('huber')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.huber([0.0, 3.0], [0.5, 0.0], delta=1.0), 6)
    1.3125

    References
    ----------
    - Huber, Robust estimation of a location parameter (1964),
      doi:10.1214/aoms/1177703732
    """

@overload
def smooth_l1(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def smooth_l1(
    predictions: _Data, targets: _Data, *, beta: float = 1.0, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Smooth L1: ½e²/β for |e| < β, else |e| − ½β; the Huber loss divided by β

        ½e²/β if |e| < β, else |e| − ½β,  e = p − t

    Parameters
    ----------
    predictions : array
        Predicted values, any shape.
    targets : array
        True values, shaped like the predictions.
    beta : [0, inf), default 1.0
        Threshold β: |residual| at which the loss turns linear; 0 is mae.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - declared in lossctl/losses/regression/smooth_l1.py
    - when to use it, what to expect, its curve: ``lossctl.show('smooth_l1')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.smooth_l1([1.0, 3.0], [0.0, 0.0], beta=2.0), 6)
    1.125

    References
    ----------
    - Girshick, Fast R-CNN (2015), arXiv:1504.08083
    """

@overload
def pseudo_huber(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def pseudo_huber(
    predictions: _Data, targets: _Data, *, delta: float = 1.0, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Pseudo-Huber loss: δ²·(√(1 + (e/δ)²) − 1), a smooth approximation of Huber

        δ²(√(1 + (e/δ)²) − 1),  e = p − t

    Parameters
    ----------
    predictions : array
        Predicted values, any shape.
    targets : array
        True values, shaped like the predictions.
    delta : (0, inf), default 1.0
        |Residual| around which the loss turns linear.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - for large |e| it grows as δ|e| − δ², where huber has δ|e| − ½δ²
    - the Charbonnier penalty √(e² + ε²) is this loss with delta = ε, over ε,
      plus ε
    - declared in lossctl/losses/regression/pseudo_huber.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('pseudo_huber')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.pseudo_huber([0.75, 0.0], [0.0, 0.0]), 6)
    0.125
    >>> round(lossctl.losses.pseudo_huber([3.0], [0.0], delta=4.0), 6)
    4.0

    References
    ----------
    - Charbonnier et al., Two deterministic half-quadratic regularization
      algorithms for computed imaging (1994), doi:10.1109/ICIP.1994.413553
    - Barron, A general and adaptive robust loss function (2019),
      arXiv:1701.03077
    """

@overload
def log_cosh(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def log_cosh(
    predictions: _Data, targets: _Data, *, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """log(cosh(prediction − target)): about ½e² near 0, |e| − log 2 for large |e|

        log cosh e,  e = p − t

    Parameters
    ----------
    predictions : array
        Predicted values, any shape.
    targets : array
        True values, shaped like the predictions.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - some write a sum over the items: that is reduction sum
    - declared in lossctl/losses/regression/log_cosh.py
    - when to use it, what to expect, its curve: ``lossctl.show('log_cosh')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.log_cosh([0.6931471805599453, 0.0], [0.0, 0.0]), 6)
    0.111572

    References
    ----------
    - Saleh & Saleh, Statistical properties of the log-cosh loss function used
      in machine learning (2022), arXiv:2208.04564
    """

@overload
def quantile(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def quantile(
    predictions: _Data, targets: _Data, *, q: float | Sequence[float] = 0.5,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Pinball loss: max(q·(t − p), (q − 1)·(t − p)); minimised by the q-quantile

        max(q·(t − p), (q − 1)·(t − p)); of several quantiles the mean over them

    Parameters
    ----------
    predictions : array
        Predicted values, any shape; several quantiles along the last axis.
    targets : array
        True values, one per item.
    q : [0, 1], or a list, default 0.5
        Quantile level: 0.9 puts 9 of 10 targets below; a list gives several.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - at q = 0.5 it is half of mae
    - with several quantiles each target is one item; a note counts the items in
      which they cross
    - over many evenly spaced quantiles twice the mean approaches the CRPS
    - declared in lossctl/losses/regression/quantile.py
    - when to use it, what to expect, its curve: ``lossctl.show('quantile')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.quantile([1.0, 3.0], [3.0, 2.0], q=0.75), 6)
    0.875
    >>> round(lossctl.losses.quantile([1.0, 3.0], [3.0, 2.0]), 6)
    0.75
    >>> round(lossctl.losses.quantile([[1.0, 2.0, 4.0], [3.0, 2.0, 1.0]], [2.0, 2.0], q=[0.25, 0.5, 0.75]), 6)
    0.375

    References
    ----------
    - Koenker & Bassett, Regression quantiles (1978), doi:10.2307/1913643
    - Gneiting, Making and evaluating point forecasts (2011), arXiv:0912.0902
    """

@overload
def expectile(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def expectile(
    predictions: _Data, targets: _Data, *, tau: float = 0.5, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Asymmetric squared error |τ − 1[t < p]|·(p − t)²; minimised by the
    τ-expectile

        |τ − 1[t < p]|·e²,  e = p − t

    Parameters
    ----------
    predictions : array
        Predicted values, any shape.
    targets : array
        True values, shaped like the predictions.
    tau : [0, 1], default 0.5
        Weight of under-predictions; over-predictions have 1 − tau.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - at tau = 0.5 it is half of mse
    - some write 1[t ≤ p] or take e = t − p; the loss is the same, for at e = 0
      it is 0
    - declared in lossctl/losses/regression/expectile.py
    - when to use it, what to expect, its curve: ``lossctl.show('expectile')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.expectile([1.0, 3.0], [3.0, 2.0], tau=0.75), 6)
    1.625
    >>> round(lossctl.losses.expectile([1.0, 3.0], [3.0, 2.0]), 6)
    1.25

    References
    ----------
    - Newey & Powell, Asymmetric least squares estimation and testing (1987),
      doi:10.2307/1911031
    - Kostrikov et al., Offline reinforcement learning with implicit Q-learning
      (2021), arXiv:2110.06169
    """

@overload
def mape(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def mape(
    predictions: _Data, targets: _Data, *, epsilon: float = 2.220446049250313e-16,
    percent: bool = False, weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Mean absolute percentage error: |prediction − target| / |target|; 0.1 is 10
    %

        |p − t| / max(|t|, ε),  × 100 with percent

    Parameters
    ----------
    predictions : array
        Predicted values, any shape.
    targets : array
        True values, shaped like the predictions.
    epsilon : (0, inf), default 2.220446049250313e-16
        Lower bound of the |target| that is divided by.
    percent : true | false, default False
        Whether to multiply by 100.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - epsilon is scikit-learn's 2^-52; torchmetrics has 1.17e-6, Keras 1e-7 and
      percent
    - epsilon matters where |target| is smaller: the value is then huge, not
      infinite
    - declared in lossctl/losses/regression/mape.py
    - when to use it, what to expect, its curve: ``lossctl.show('mape')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.mape([3.0, 5.0], [4.0, 4.0]), 6)
    0.25
    >>> round(lossctl.losses.mape([3.0, 6.0], [4.0, 4.0], percent=True), 6)
    37.5

    References
    ----------
    - de Myttenaere et al., Mean absolute percentage error for regression models
      (2016), arXiv:1605.02541
    - Hyndman & Koehler, Another look at measures of forecast accuracy (2006),
      doi:10.1016/j.ijforecast.2006.03.001
    """

@overload
def smape(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def smape(
    predictions: _Data, targets: _Data, *, epsilon: float = 2.220446049250313e-16,
    percent: bool = False, weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Symmetric MAPE: 2·|prediction − target| / (|prediction| + |target|), 0 to 2

        2·|p − t| / max(|p| + |t|, ε),  × 100 with percent; from 0 to 2

    Parameters
    ----------
    predictions : array
        Predicted values, any shape.
    targets : array
        True values, shaped like the predictions.
    epsilon : (0, inf), default 2.220446049250313e-16
        Lower bound of the |p| + |t| that is divided by.
    percent : true | false, default False
        Whether to multiply by 100.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - two zeros have loss 0; epsilon only matters to values smaller than itself
    - some leave out the 2 and end at 1 (or 100 %); this is the form of the M4
      competition
    - declared in lossctl/losses/regression/smape.py
    - when to use it, what to expect, its curve: ``lossctl.show('smape')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.smape([3.0, 0.0], [5.0, 0.0]), 6)
    0.25
    >>> round(lossctl.losses.smape([3.0], [5.0], percent=True), 6)
    50.0

    References
    ----------
    - Makridakis, Accuracy measures: theoretical and practical concerns (1993),
      doi:10.1016/0169-2070(93)90079-3
    - Hyndman & Koehler, Another look at measures of forecast accuracy (2006),
      doi:10.1016/j.ijforecast.2006.03.001
    """

@overload
def msle(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def msle(
    predictions: _Data, targets: _Data, *, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Mean squared log error: (log(1 + prediction) − log(1 + target))²

        (log(1 + p) − log(1 + t))²,  p > −1 and t > −1

    Parameters
    ----------
    predictions : array
        Predicted values, any shape.
    targets : array
        True values, shaped like the predictions.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - there is no epsilon: values ≤ −1 have no logarithm and are refused (Keras
      clips them)
    - its root is RMSLE
    - declared in lossctl/losses/regression/msle.py
    - when to use it, what to expect, its curve: ``lossctl.show('msle')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.msle([1.0, 0.0], [0.0, 0.0]), 6)
    0.240227

    References
    ----------
    - scikit-learn user guide, Mean squared logarithmic error, https://scikit-le
      arn.org/stable/modules/model_evaluation.html#mean-squared-logarithmic-erro
      r
    """

@overload
def poisson_nll(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def poisson_nll(
    predictions: _Data, targets: _Data, *, log_input: bool = True, full: bool = False,
    epsilon: float = 1e-08, factorial: Literal['exact', 'stirling'] = 'exact',
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Poisson negative log-likelihood: rate − count·log(rate), from log rates

        exp(p) − t·p;  p − t·log(p + ε) with log_input=false;  + log t! with
        full

    Parameters
    ----------
    predictions : array
        Log rates (rates with log_input=false), any shape.
    targets : array
        Counts (or amounts), shaped like predictions.
    log_input : true | false, default True
        Whether predictions are logarithms of rates.
    full : true | false, default False
        Whether to include log t!, which does not depend on predictions.
    epsilon : [0, inf), default 1e-08
        Added to a rate before its logarithm is taken.
    factorial : exact | stirling, default 'exact'
        How full computes log t!: exactly, or by Stirling as PyTorch does.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - PyTorch's full is full with factorial=stirling: log t! by Stirling, 0 up
      to t = 1
    - with log_input=false rates must be at least 0 (greater, where epsilon is
      0)
    - declared in lossctl/losses/regression/poisson_nll.py
    - when to use it, what to expect, its curve: ``lossctl.show('poisson_nll')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.poisson_nll([0.0, 0.0], [3.0, 1.0]), 6)
    1.0
    >>> round(lossctl.losses.poisson_nll([0.0], [3.0], full=True), 6)
    2.791759

    References
    ----------
    - McCullagh & Nelder, Generalized linear models (1989), ch. 6,
      doi:10.1007/978-1-4899-3242-6
    """

@overload
def gaussian_nll(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def gaussian_nll(
    predictions: _Data, variance: _Data, targets: _Data, *, full: bool = False,
    epsilon: float = 0.0, spread: Literal['variance', 'log_variance', 'deviation'] = 'variance',
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Gaussian negative log-likelihood: ½·(log σ² + (target − μ)²/σ²)

        ½(log v + (p − t)²/v),  + ½·log 2π with full

    Parameters
    ----------
    predictions : array
        Predicted values, any shape.
    variance : array
        Predicted variances (their logarithms or standard deviations: see
        spread).
    targets : array
        True values, shaped like the predictions.
    full : true | false, default False
        Whether to include the constant ½·log 2π.
    epsilon : [0, inf), default 0.0
        Lower clip of the variances; at 0 a variance of 0 is refused.
    spread : variance | log_variance | deviation, default 'variance'
        What the input variance holds: variances, their logarithms or standard
        deviations.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - the value may be negative: densities exceed 1 where variances are small
    - spread=log_variance takes what most networks give, and is exact for very
      small ones
    - epsilon is a variance, whatever the input holds
    - PyTorch has epsilon=1e-6, and a slope where a variance is clipped; here
      that is 0
    - declared in lossctl/losses/regression/gaussian_nll.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('gaussian_nll')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.gaussian_nll([3.0, 0.0], [1.0, 0.0], variance=[4.0, 1.0]), 6)
    0.596574
    >>> round(lossctl.losses.gaussian_nll([3.0, 0.0], [1.0, 0.0], variance=[2.0, 1.0], spread='deviation'), 6)
    0.596574
    >>> round(lossctl.losses.gaussian_nll([3.0, 0.0], [1.0, 0.0], variance=[0.0, 1.0], spread='log_variance'), 6)
    1.25

    References
    ----------
    - Nix & Weigend, Estimating the mean and variance of the target probability
      distribution (1994), doi:10.1109/ICNN.1994.374138
    - Kendall & Gal, What uncertainties do we need in Bayesian deep learning?
      (2017), arXiv:1703.04977
    """

@overload
def student_t_nll(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def student_t_nll(
    predictions: _Data, targets: _Data, *, df: float = 4.0, scale: float = 1.0,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Student t negative log-likelihood: ½(ν+1)·log(1 + e²/(νc²)) + log c + const

        ½(ν+1)·log(1 + e²/(νc²)) + log c + ½·log(νπ) + log Γ(ν/2) − log
        Γ((ν+1)/2)

    Parameters
    ----------
    predictions : array
        Predicted values, any shape.
    targets : array
        True values, shaped like the predictions.
    df : (0, inf), default 4.0
        Degrees of freedom: 1 is Cauchy, above 30 nearly Gaussian.
    scale : (0, inf), default 1.0
        Scale of the residuals; not their standard deviation.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - the value may be negative: densities exceed 1 where the scale is small
    - large df tends to gaussian_nll with full and variance c², without loss of
      precision
    - declared in lossctl/losses/regression/student_t_nll.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('student_t_nll')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.student_t_nll([1.0, 0.0], [0.0, 0.0], df=1.0), 6)
    1.491303

    References
    ----------
    - Lange, Little & Taylor, Robust statistical modeling using the t
      distribution (1989), doi:10.1080/01621459.1989.10478852
    """

@overload
def poisson_deviance(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def poisson_deviance(
    predictions: _Data, targets: _Data, *, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Poisson deviance: 2·(t·log(t/p) − t + p), twice the NLL above its minimum

        2(t·log(t/p) − t + p),  0·log 0 = 0

    Parameters
    ----------
    predictions : array
        Predicted means, above 0, any shape.
    targets : array
        Counts or amounts, at least 0.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - poisson_nll minus its least value, doubled; tweedie_deviance at power 1
    - declared in lossctl/losses/regression/poisson_deviance.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('poisson_deviance')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.poisson_deviance([1.0, 3.0], [2.0, 0.0]), 6)
    3.386294

    References
    ----------
    - McCullagh & Nelder, Generalized linear models (1989), ch. 2,
      doi:10.1007/978-1-4899-3242-6
    - Loader, Fast and accurate computation of binomial probabilities (2000),
      https://www.r-project.org/doc/reports/CLoader-dbinom-2002.pdf
    """

@overload
def gamma_deviance(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def gamma_deviance(
    predictions: _Data, targets: _Data, *, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Gamma deviance: 2·(log(p/t) + t/p − 1), scale-free, for positive targets

        2(log(p/t) + t/p − 1)

    Parameters
    ----------
    predictions : array
        Predicted means, above 0, any shape.
    targets : array
        Positive amounts.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - it does not change with the unit of the targets; tweedie_deviance at power
      2
    - declared in lossctl/losses/regression/gamma_deviance.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('gamma_deviance')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.gamma_deviance([2.0, 1.0], [1.0, 1.0]), 6)
    0.193147

    References
    ----------
    - McCullagh & Nelder, Generalized linear models (1989), ch. 8,
      doi:10.1007/978-1-4899-3242-6
    """

@overload
def tweedie_deviance(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def tweedie_deviance(
    predictions: _Data, targets: _Data, *, power: float = 1.5, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Tweedie deviance, variance ∝ mean^ρ: ρ = 1 Poisson, 2 gamma, 1 to 2 with
    zeros

        2(t^(2−ρ)/((1−ρ)(2−ρ)) − t·p^(1−ρ)/(1−ρ) + p^(2−ρ)/(2−ρ)),  ρ the power

    Parameters
    ----------
    predictions : array
        Predicted means, above 0, any shape.
    targets : array
        Amounts, at least 0.
    power : [1, 3], default 1.5
        Power ρ: the variance is proportional to mean^ρ.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - power 1 is poisson_deviance, 2 gamma_deviance, 3 the inverse Gaussian; 0
      would be mse
    - continuous in the power: no precision is lost next to 1 and 2
    - values of different powers, or of targets in different units, cannot be
      compared
    - declared in lossctl/losses/regression/tweedie_deviance.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('tweedie_deviance')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.tweedie_deviance([1.0, 4.0], [4.0, 0.0]), 6)
    6.0
    >>> round(lossctl.losses.tweedie_deviance([2.0], [1.0], power=3.0), 6)
    0.25

    References
    ----------
    - Jorgensen, Exponential dispersion models (1987),
      doi:10.1111/j.2517-6161.1987.tb01685.x
    - Dunn & Smyth, Series evaluation of Tweedie exponential dispersion model
      densities (2005), doi:10.1007/s11222-005-4070-y
    """

@overload
def cauchy(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def cauchy(
    predictions: _Data, targets: _Data, *, scale: float = 1.0, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """½c²·log(1 + (e/c)²): Cauchy (Lorentzian) loss, logarithmic for large errors

        ½c²·log(1 + (e/c)²),  e = p − t

    Parameters
    ----------
    predictions : array
        Predicted values, any shape.
    targets : array
        True values, shaped like the predictions.
    scale : (0, inf), default 1.0
        Residual c above which the gradient decreases.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - curvature at zero is 1, as in huber; the costs of SciPy and Ceres are this
    - barron at alpha = 0 and scale c is this loss at scale √2·c, divided by c²
    - declared in lossctl/losses/regression/cauchy.py
    - when to use it, what to expect, its curve: ``lossctl.show('cauchy')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.cauchy([1.0, 0.0], [0.0, 0.0]), 6)
    0.173287
    >>> round(lossctl.losses.cauchy([6.0], [0.0], scale=2.0), 6)
    4.60517

    References
    ----------
    - Black & Anandan, The robust estimation of multiple motions (1996),
      doi:10.1006/cviu.1996.0006
    - Barron, A general and adaptive robust loss function (2019),
      arXiv:1701.03077
    """

@overload
def barron(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def barron(
    predictions: _Data, targets: _Data, *, alpha: float = 1.0, scale: float = 1.0,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Barron's general loss |α−2|/α·((x²/|α−2| + 1)^(α/2) − 1): α = 2 is L2, 0
    Cauchy

        |α−2|/α·((x²/|α−2| + 1)^(α/2) − 1),  x = (p − t)/c;  ½x² at α = 2,
        log(½x² + 1) at α = 0

    Parameters
    ----------
    predictions : array
        Predicted values, any shape.
    targets : array
        True values, shaped like the predictions.
    alpha : (-inf, inf), default 1.0
        Shape α: 2 squared error, 1 pseudo-Huber, 0 Cauchy, −2 Geman–McClure.
    scale : (0, inf), default 1.0
        Scale c: the loss is quadratic for |residual| well below it.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - continuous in alpha: 2 and 0 are limits, and no precision is lost near
      them
    - alpha is finite; alpha = -1e9 is within 1e-8 of Welsch's 1 − exp(−½x²),
      its limit
    - declared in lossctl/losses/regression/barron.py
    - when to use it, what to expect, its curve: ``lossctl.show('barron')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.barron([0.75], [0.0]), 6)
    0.25
    >>> round(lossctl.losses.barron([2.0], [0.0], alpha=-2.0), 6)
    1.0
    >>> round(lossctl.losses.barron([6.0], [0.0], alpha=2.0, scale=2.0), 6)
    4.5

    References
    ----------
    - Barron, A general and adaptive robust loss function (2019),
      arXiv:1701.03077
    """

@overload
def crps_gaussian(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def crps_gaussian(
    predictions: _Data, scale: _Data, targets: _Data, *, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """CRPS of a Gaussian forecast: ∫ (F(x) − 1[x ≥ target])² dx in closed form

        σ·(z·(2Φ(z) − 1) + 2φ(z) − 1/√π),  z = (p − t)/σ

    Parameters
    ----------
    predictions : array
        Predicted values, any shape.
    scale : array
        Standard deviations.
    targets : array
        True values, shaped like the predictions.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - a correct mean with scale σ gives (√2 − 1)/√π·σ = 0.234·σ
    - as the scale tends to 0 it tends to mae
    - declared in lossctl/losses/regression/crps_gaussian.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('crps_gaussian')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.crps_gaussian([0.0], [0.0], scale=[2.0]), 6)
    0.46739

    References
    ----------
    - Gneiting et al., Calibrated probabilistic forecasting using ensemble model
      output statistics and minimum CRPS estimation (2005),
      doi:10.1175/MWR2904.1
    - Gneiting & Raftery, Strictly proper scoring rules, prediction, and
      estimation (2007), doi:10.1198/016214506000001437
    """

@overload
def crps_quantile(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def crps_quantile(
    predictions: _Data, targets: _Data, *, q: float | Sequence[float] = 0.5,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """CRPS of quantiles: 2 × mean of the quantile losses, approximates the CRPS

        (2/Q)·Σ_k max(q_k·(t − p_k), (q_k − 1)·(t − p_k))

    Parameters
    ----------
    predictions : array
        Predicted quantiles of each item along the last axis: (N, Q).
    targets : array
        True values, one per item.
    q : [0, 1], or a list, default 0.5
        Quantile levels, one for each column: [0.1, 0.3, 0.5, 0.7, 0.9].
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - with levels (k − ½)/Q it is the CRPS of the distribution that gives each
      quantile the probability 1/Q
    - it is twice the value of quantile with several levels
    - declared in lossctl/losses/regression/crps_quantile.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('crps_quantile')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.crps_quantile([[1.0, 2.0, 4.0], [3.0, 2.0, 1.0]], [2.0, 2.0], q=[0.25, 0.5, 0.75]), 6)
    0.75

    References
    ----------
    - Laio & Tamea, Verification tools for probabilistic forecasts of continuous
      hydrological variables (2007): CRPS as an integral of quantile losses,
      doi:10.5194/hess-11-1267-2007
    - Bracher et al., Evaluating epidemic forecasts in an interval format
      (2021), arXiv:2005.12881
    """

@overload
def crps_ensemble(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def crps_ensemble(
    predictions: _Data, targets: _Data, member_weights: _Data | None = None, *,
    estimator: Literal['empirical', 'fair'] = 'empirical', weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """CRPS of an ensemble: mean |member − target| − ½ mean |member − member|

        (1/M)·Σ_i |p_i − t| − (1/2M²)·Σ_i Σ_j |p_i − p_j|;  fair: 1/(2M(M − 1));
        with weights w of sum W: Σ_i w_i·|p_i − t|/W − Σ_i Σ_j w_i·w_j·|p_i −
        p_j|/(2W²), fair: 2(W² − Σ_i w_i²)

    Parameters
    ----------
    predictions : array (item, member)
        Members of the ensemble, or samples of the forecast: (N, M).
    targets : array (item)
        True values, one per item.
    member_weights : array (item, member), optional
        Weights of the members, (N, M); 1 when not given.
    estimator : empirical | fair, default 'empirical'
        CRPS of the members as they are, or of the distribution they were drawn
        from (fair).
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - of one member it is mae
    - weights of members need not sum to 1
    - the mean of the fair estimate does not depend on the size of the ensemble
    - declared in lossctl/losses/regression/crps_ensemble.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('crps_ensemble')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.crps_ensemble(predictions=[[0.0, 2.0]], targets=[1.0]), 6)
    0.5
    >>> round(lossctl.losses.crps_ensemble(predictions=[[0.0, 2.0]], targets=[1.0], estimator='fair'), 6)
    0.0
    >>> round(lossctl.losses.crps_ensemble(predictions=[[0.0, 2.0]], targets=[1.0], member_weights=[[3.0, 1.0]]), 6)
    0.625

    References
    ----------
    - Gneiting & Raftery, Strictly proper scoring rules, prediction, and
      estimation (2007), equation 21, doi:10.1198/016214506000001437
    - Ferro, Fair scores for ensemble forecasts (2014), doi:10.1002/qj.2270
    """

@overload
def interval(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def interval(
    *inputs: _Data, lower: _Data | None = None, upper: _Data | None = None,
    targets: _Data | None = None, alpha: float = 0.1, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """Interval (Winkler) score: width + 2/α × distance of the target outside of it

        (u − l) + (2/α)·max(0, l − t) + (2/α)·max(0, t − u)

    Parameters
    ----------
    lower : array (item)
        Lower ends of the intervals.
    upper : array (item)
        Upper ends of the intervals.
    targets : array (item)
        True values.
        lower, upper may come in one array, (item, 2).
    alpha : (0, 1), default 0.1
        Share of targets outside: 0.1 for intervals of 90 %.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - it is 2/α times the sum of the quantile losses at α/2 and 1 − α/2
    - intervals of another share need their own alpha: 0.05 for 95 %
    - declared in lossctl/losses/regression/interval.py
    - when to use it, what to expect, its curve: ``lossctl.show('interval')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.interval(lower=[0.0, 0.0], upper=[2.0, 2.0], targets=[1.0, 4.0], alpha=0.5), 6)
    6.0

    References
    ----------
    - Winkler, A decision-theoretic approach to interval estimation (1972),
      doi:10.1080/01621459.1972.10481224
    - Gneiting & Raftery, Strictly proper scoring rules, prediction, and
      estimation (2007), equation 43, doi:10.1198/016214506000001437
    """

@overload
def negative_binomial_nll(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def negative_binomial_nll(
    predictions: _Data, dispersion: _Data, targets: _Data, *, log_input: bool = True,
    full: bool = True, parameter: Literal['alpha', 'size'] = 'alpha', weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Negative binomial NLL: −log of the probability of a count of mean μ and
    variance μ + αμ²

        log Γ(r) + log t! − log Γ(r + t) + (r + t)·log(1 + μ/r) − t·log(μ/r),  r
        = 1/α

    Parameters
    ----------
    predictions : array
        Log means (means with log_input=false), any shape.
    dispersion : array
        Dispersions α, the variance being μ + α·μ² (sizes r = 1/α with
        parameter=size).
    targets : array
        Counts, shaped like the predictions.
    log_input : true | false, default True
        Whether predictions are logarithms of means.
    full : true | false, default True
        Whether to include log t!, which does not depend on predictions.
    parameter : alpha | size, default 'alpha'
        What the input dispersion holds: α, or the size r = 1/α (θ, total
        count).
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - for α → 0 it is poisson_nll with full=true, and keeps its digits there
    - total_count of PyTorch and scipy's n are r; their probabilities are μ/(r +
      μ) and r/(r + μ)
    - declared in lossctl/losses/regression/negative_binomial_nll.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('negative_binomial_nll')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.negative_binomial_nll([0.0, 0.0], [0.0, 1.0], dispersion=[1.0, 1.0]), 6)
    1.039721
    >>> round(lossctl.losses.negative_binomial_nll([2.0], [1.0], dispersion=[2.0], log_input=False, parameter='size'), 6)
    1.386294

    References
    ----------
    - Hilbe, Negative binomial regression (2011), doi:10.1017/CBO9780511973420
    - Salinas et al., DeepAR: probabilistic forecasting with autoregressive
      recurrent networks (2017), arXiv:1704.04110
    """

@overload
def zero_inflated_poisson_nll(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def zero_inflated_poisson_nll(
    predictions: _Data, zero_logit: _Data, targets: _Data, *, log_input: bool = True,
    full: bool = True, weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Zero-inflated Poisson (ZIP) NLL: a zero with probability π, else a Poisson
    count

        t = 0: −log(π + (1 − π)e^(−λ));  t > 0: −log(1 − π) + λ − t·log λ + log
        t!

    Parameters
    ----------
    predictions : array
        Log rates (rates with log_input=false), any shape.
    zero_logit : array
        Logits of π, the probability of a zero beside those of the Poisson part.
    targets : array
        Counts, shaped like the predictions.
    log_input : true | false, default True
        Whether predictions are logarithms of rates.
    full : true | false, default True
        Whether to include log t!, which does not depend on predictions.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - predictions are those of the Poisson part; the mean is (1 − π)·λ
    - for logits of π far below 0 it is poisson_nll with full=true
    - declared in lossctl/losses/regression/zero_inflated_poisson_nll.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('zero_inflated_poisson_nll')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.zero_inflated_poisson_nll([0.0, 0.0], [1.0, 0.0], zero_logit=[0.0, 0.0]), 6)
    1.036516

    References
    ----------
    - Lambert, Zero-inflated Poisson regression, with an application to defects
      in manufacturing (1992), doi:10.2307/1269547
    """

@overload
def charbonnier(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def charbonnier(
    predictions: _Data, targets: _Data, *, epsilon: float = 0.001, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Charbonnier loss: √(e² + ε²), absolute error with a rounded minimum

        √(e² + ε²),  e = p − t

    Parameters
    ----------
    predictions : array
        Predicted values, any shape.
    targets : array
        True values, shaped like the predictions.
    epsilon : (0, inf), default 0.001
        Width ε of the rounded minimum, its loss there.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - it is pseudo_huber with delta = ε, over ε, plus ε
    - some libraries take ε² as their parameter: 1e-6 there is epsilon=1e-3
    - declared in lossctl/losses/regression/charbonnier.py
    - when to use it, what to expect, its curve: ``lossctl.show('charbonnier')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.charbonnier([4.0, 0.0], [0.0, 0.0], epsilon=3.0), 6)
    4.0

    References
    ----------
    - Charbonnier et al., Two deterministic half-quadratic regularization
      algorithms for computed imaging (1994), doi:10.1109/ICIP.1994.413553
    - Lai et al., Deep Laplacian pyramid networks for super-resolution (2017),
      arXiv:1704.03915
    """

@overload
def rmse(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def rmse(
    predictions: _Data, targets: _Data, *, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', pooling: Literal['batch', 'sample'] = 'batch',
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """Root mean squared error (RMSE): √(mean of (prediction − target)²)

        √(Σ e² / n),  e = p − t

    Parameters
    ----------
    predictions : array
        Predicted values, any shape.
    targets : array
        True values, shaped like the predictions.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, nan, precision, pooling, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - one root of the mean over all; pooling sample takes a root for each entry
      of the first axis, and their mean
    - weights weight the squares; the gradient of perfect predictions is taken
      as 0
    - declared in lossctl/losses/regression/rmse.py
    - when to use it, what to expect, its curve: ``lossctl.show('rmse')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.rmse([3.0, 0.0, 1.0, 4.0], [0.0, 4.0, 1.0, 4.0]), 6)
    2.5
    >>> round(lossctl.losses.rmse([[1.0, 2.0], [0.0, 5.0]], [[1.0, 2.0], [1.0, 4.0]], pooling='sample'), 6)
    0.5

    References
    ----------
    - Hyndman & Koehler, Another look at measures of forecast accuracy (2006),
      doi:10.1016/j.ijforecast.2006.03.001
    """

@overload
def wmape(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def wmape(
    predictions: _Data, targets: _Data, *, percent: bool = False, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', pooling: Literal['batch', 'sample'] = 'batch',
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """Weighted MAPE (WMAPE): Σ|prediction − target| / Σ|target|; 0.1 is 10 %

        Σ|p − t| / Σ|t|

    Parameters
    ----------
    predictions : array
        Predicted values, any shape.
    targets : array
        True values, shaped like the predictions.
    percent : true | false, default False
        Whether to give percent: 10 for 0.1.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, nan, precision, pooling, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - one quotient over all; with pooling sample one for each entry of the first
      axis, each series, and their mean
    - declared in lossctl/losses/regression/wmape.py
    - when to use it, what to expect, its curve: ``lossctl.show('wmape')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.wmape([1.0, 5.0], [0.0, 4.0]), 6)
    0.5
    >>> round(lossctl.losses.wmape([[1.0, 5.0], [2.0, 2.0]], [[0.0, 4.0], [1.0, 3.0]], percent=True, pooling='sample'), 6)
    50.0

    References
    ----------
    - Kolassa & Schütz, Advantages of the MAD/mean ratio over the MAPE (2007),
      https://ideas.repec.org/a/for/ijafaa/y2007i6p40-43.html
    - Hyndman & Koehler, Another look at measures of forecast accuracy (2006),
      doi:10.1016/j.ijforecast.2006.03.001
    """

@overload
def mase(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def mase(
    predictions: _Data, targets: _Data, training: _Data, *, season: int = 1,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """MASE: mean |prediction − target| / mean |naive error| of the training series

        (1/H)·Σ|p_h − t_h| / [(1/(T − m))·Σ_{i>m} |y_i − y_{i−m}|]

    Parameters
    ----------
    predictions : array (item, time)
        Forecasts of a series.
    targets : array (item, time)
        The values that were forecast.
    training : array (item, past)
        The series before, which may be longer.
    season : 1, 2, 3, …, default 1
        Steps between a value and its naive forecast.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - one item is one series: (T,) of one, (N, T) of several, each with its
      training series; the mean is over series
    - season is the step of the naive forecast: 12 for months, 7 for days of a
      week
    - declared in lossctl/losses/regression/mase.py
    - when to use it, what to expect, its curve: ``lossctl.show('mase')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.mase(predictions=[5.0, 8.0], targets=[6.0, 6.0], training=[1.0, 2.0, 5.0]), 6)
    0.75
    >>> round(lossctl.losses.mase(predictions=[5.0], targets=[6.0], training=[1.0, 2.0, 5.0, 2.0], season=2), 6)
    0.5

    References
    ----------
    - Hyndman & Koehler, Another look at measures of forecast accuracy (2006),
      doi:10.1016/j.ijforecast.2006.03.001
    - Makridakis, Spiliotis & Assimakopoulos, The M4 competition (2020),
      doi:10.1016/j.ijforecast.2019.04.014
    """

@overload
def rmsse(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def rmsse(
    predictions: _Data, targets: _Data, training: _Data, *, season: int = 1,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """RMSSE: √(mean e² / mean of the squared naive errors of the training series)

        √{(1/H)·Σ(p_h − t_h)² / [(1/(T − m))·Σ_{i>m} (y_i − y_{i−m})²]}

    Parameters
    ----------
    predictions : array (item, time)
        Forecasts of a series.
    targets : array (item, time)
        The values that were forecast.
    training : array (item, past)
        The series before, which may be longer.
    season : 1, 2, 3, …, default 1
        Steps between a value and its naive forecast.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - one item is one series: (T,) of one, (N, T) of several, each with its
      training series; the mean is over series
    - season is the step of the naive forecast: 12 for months, 7 for days of a
      week
    - declared in lossctl/losses/regression/rmsse.py
    - when to use it, what to expect, its curve: ``lossctl.show('rmsse')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.rmsse(predictions=[5.0, 0.0], targets=[6.0, 7.0], training=[0.0, 6.0, 18.80624847486569]), 6)
    0.5

    References
    ----------
    - Makridakis, Spiliotis & Assimakopoulos, The M5 competition: background,
      organization, and implementation (2022),
      doi:10.1016/j.ijforecast.2021.07.007
    - Hyndman & Koehler, Another look at measures of forecast accuracy (2006),
      doi:10.1016/j.ijforecast.2006.03.001
    """

@overload
def bce(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def bce(
    predictions: _Data, targets: _Data, *, epsilon: float = 1e-10, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Log loss of binary labels, from probabilities: −t·log p − (1−t)·log(1−p)

        −[t·log max(p, ε) + (1−t)·log max(1−p, ε)]

    Parameters
    ----------
    predictions : array
        Probabilities of the positive label, any shape.
    targets : array
        Labels 0 or 1, or soft labels between, shaped like predictions.
    epsilon : [0, 0.5), default 1e-10
        Lower clip of p and of 1 − p; at 0 a confident wrong prediction gives
        inf.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, clip_predictions, task, class_axis,
    class_weights, ignore_index, nan, precision, class_names, positive,
    interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - declared in lossctl/losses/classification/bce.py
    - when to use it, what to expect, its curve: ``lossctl.show('bce')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.bce([0.9, 0.2, 0.8, 0.1], [1.0, 0.0, 1.0, 0.0]), 6)
    0.164252

    References
    ----------
    - Gneiting & Raftery, Strictly proper scoring rules (2007),
      doi:10.1198/016214506000001437
    """

@overload
def bce_with_logits(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def bce_with_logits(
    predictions: _Data, targets: _Data, *,
    pos_weight: float | Sequence[float] | Literal['balanced'] = 1.0, label_smoothing: float = 0.0,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Log loss of binary labels, from logits: log(1 + e^z) − t·z, without clipping

        w·t·softplus(−z) + (1−t)·softplus(z)

    Parameters
    ----------
    predictions : array
        Logits of the positive label, any shape.
    targets : array
        Labels 0 or 1, or soft labels between, shaped like predictions.
    pos_weight : (0, inf), or a list, default 1.0
        Weight of positive labels: one number, a list with one per label, or
        balanced (negatives over positives, measured).
    label_smoothing : [0, 1), default 0.0
        Label smoothing: moves each label by this share to ½, (1−s)·t + s/2.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, clip_predictions, task, class_axis,
    class_weights, ignore_index, nan, precision, class_names, positive,
    interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - declared in lossctl/losses/classification/bce_with_logits.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('bce_with_logits')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.bce_with_logits([2.0, -2.0], [1.0, 0.0]), 6)
    0.126928
    >>> round(lossctl.losses.bce_with_logits([2.0, -2.0], [1.0, 0.0], pos_weight=3.0), 6)
    0.253856

    References
    ----------
    - Gneiting & Raftery, Strictly proper scoring rules (2007),
      doi:10.1198/016214506000001437
    """

@overload
def focal(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def focal(
    predictions: _Data, targets: _Data, *, gamma: float = 2.0,
    alpha: float | Sequence[float] | None = 0.25,
    classes: Literal['categorical', 'one_vs_rest'] = 'categorical',
    pos_weight: float | Sequence[float] = 1.0, label_smoothing: float = 0.0, epsilon: float = 1e-10,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Focal loss: −α·(1 − p_t)^γ·log p_t, cross-entropy that down-weights easy
    items

        −α_t·(1 − p_t)^γ·log p_t,  p_t the probability of the true label

    Parameters
    ----------
    predictions : array
        Probabilities or logits of the positive label (any shape), or class
        scores with a class axis.
    targets : array
        Labels 0 or 1 (or soft) shaped like the predictions; or class indices or
        one-hot rows.
    gamma : [0, inf), default 2.0
        Focusing exponent; 0 is cross-entropy.
    alpha : [0, 1], or a list or null, default 0.25
        Weight of positives (negatives have 1 − alpha); of every class when
        multi-class; or a list: [negative, positive], one per label, or one per
        class.
    classes : categorical | one_vs_rest, default 'categorical'
        Multi-class only: the true class's term, or a binary term for every
        class, summed.
    pos_weight : (0, inf), or a list, default 1.0
        Weight of positive labels (of the true class): one number, or one per
        label or class.
    label_smoothing : [0, 1), default 0.0
        Label smoothing: moves this share of each label to ½, or evenly to the
        classes.
    epsilon : [0, 0.5), default 1e-10
        Lower clip of probabilities inside the logarithm, when probabilities are
        given.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, clip_predictions, task, class_axis,
    class_weights, ignore_index, shift, nan, precision, class_names, positive,
    interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - soft and smoothed labels take the expectation over the label; torchvision
      and Keras take one factor (1 − p_t)^γ with p_t between the two
    - pos_weight weights the value and not the mean; class_weights weight both
    - declared in lossctl/losses/classification/focal.py
    - when to use it, what to expect, its curve: ``lossctl.show('focal')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.focal([0.9], [1.0]), 6)
    0.000263
    >>> round(lossctl.losses.focal([0.5, 0.5], [1.0, 0.0], alpha=None), 6)
    0.173287
    >>> round(lossctl.losses.focal([0.5, 0.5], [1.0, 0.0], alpha=None, pos_weight=3.0), 6)
    0.346574

    References
    ----------
    - Lin et al., Focal Loss for Dense Object Detection (2017), arXiv:1708.02002
    """

@overload
def cross_entropy(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def cross_entropy(
    predictions: _Data, targets: _Data, *, label_smoothing: float = 0.0, epsilon: float = 1e-10,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Cross-entropy (log loss): −log p of the true class, from softmax or
    probabilities

        logits: log Σ_j e^(z_j) − z_y;   probabilities: −Σ_c t_c·log max(p_c, ε)

    Parameters
    ----------
    predictions : array
        Class logits or probabilities: (N, C), (N, C, H, W) or (N, T, C).
    targets : array
        Class index of each item, or one-hot / soft rows shaped like the
        predictions.
    label_smoothing : [0, 1), default 0.0
        Label smoothing: share of each row's probability spread over all
        classes.
    epsilon : [0, 0.5), default 1e-10
        Lower clip of given probabilities; at 0 a confident wrong prediction
        gives inf.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, clip_predictions, task, class_axis,
    class_weights, ignore_index, shift, nan, precision, class_names, positive,
    interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - declared in lossctl/losses/classification/cross_entropy.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('cross_entropy')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.cross_entropy([[2.0, 2.0, 2.0]], [1]), 6)
    1.098612
    >>> round(lossctl.losses.cross_entropy([[0.5, 0.25, 0.25], [0.25, 0.25, 0.5]], [0, 2]), 6)
    0.693147

    References
    ----------
    - Goodfellow, Bengio & Courville, Deep Learning (2016), §6.2.2,
      https://www.deeplearningbook.org
    - Szegedy et al., Rethinking the Inception Architecture (2015): smoothing,
      arXiv:1512.00567
    """

@overload
def hinge(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def hinge(
    predictions: _Data, targets: _Data, *, margin: float = 1.0, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """max(0, margin − y·score): zero once the score is on the right side by the
    margin (SVM loss)

        max(0, m − t·z),  t = ±1

    Parameters
    ----------
    predictions : array
        Scores, any shape; positive means label +1.
    targets : array
        Labels -1 and +1, or 0 and 1, shaped like the predictions.
    margin : [0, inf), default 1.0
        Margin: y·score from which the loss is 0.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, task, class_axis, class_weights, ignore_index,
    nan, precision, class_names, positive, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - labels 0 and 1 are taken as −1 and +1, with a note
    - declared in lossctl/losses/classification/hinge.py
    - when to use it, what to expect, its curve: ``lossctl.show('hinge')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.hinge([0.5, -2.0, 3.0], [1.0, -1.0, -1.0]), 6)
    1.5
    >>> round(lossctl.losses.hinge([0.5, -2.0], [1.0, 0.0], margin=2.0), 6)
    0.75

    References
    ----------
    - Cortes & Vapnik, Support-vector networks (1995), doi:10.1007/BF00994018
    """

@overload
def squared_hinge(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def squared_hinge(
    predictions: _Data, targets: _Data, *, margin: float = 1.0, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """max(0, margin − y·score)²: squared hinge (L2 SVM), differentiable everywhere

        max(0, m − t·z)²,  t = ±1

    Parameters
    ----------
    predictions : array
        Scores, any shape; positive means label +1.
    targets : array
        Labels -1 and +1, or 0 and 1, shaped like the predictions.
    margin : [0, inf), default 1.0
        Margin: y·score from which the loss is 0.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, task, class_axis, class_weights, ignore_index,
    nan, precision, class_names, positive, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - labels 0 and 1 are taken as −1 and +1, with a note
    - declared in lossctl/losses/classification/squared_hinge.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('squared_hinge')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.squared_hinge([0.5, -2.0, 3.0], [1.0, -1.0, -1.0]), 6)
    5.416667
    >>> round(lossctl.losses.squared_hinge([0.5, -2.0], [1.0, 0.0], margin=2.0), 6)
    1.125

    References
    ----------
    - Tang, Deep Learning using Linear Support Vector Machines (2013),
      arXiv:1306.0239
    """

@overload
def soft_margin(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def soft_margin(
    predictions: _Data, targets: _Data, *, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Logistic loss: log(1 + e^(−y·score)) of labels −1 and +1 (soft margin)

        log(1 + e^(−t·z)),  t = ±1

    Parameters
    ----------
    predictions : array
        Scores, any shape; positive means label +1.
    targets : array
        Labels -1 and +1, or 0 and 1, shaped like the predictions.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, task, class_axis, class_weights, ignore_index,
    nan, precision, class_names, positive, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - labels 0 and 1 are taken as −1 and +1, with a note
    - declared in lossctl/losses/classification/soft_margin.py
    - when to use it, what to expect, its curve: ``lossctl.show('soft_margin')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.soft_margin([2.0, -2.0], [1.0, -1.0]), 6)
    0.126928
    >>> round(lossctl.losses.soft_margin([0.0, 0.0], [1.0, 0.0]), 6)
    0.693147

    References
    ----------
    - Friedman, Hastie & Tibshirani, Additive logistic regression (2000),
      doi:10.1214/aos/1016218223
    """

@overload
def exponential(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def exponential(
    predictions: _Data, targets: _Data, *, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Exponential loss (AdaBoost): e^(−y·score) of labels −1 and +1

        e^(−t·z),  t = ±1

    Parameters
    ----------
    predictions : array
        Scores, any shape; positive means label +1.
    targets : array
        Labels -1 and +1, or 0 and 1, shaped like the predictions.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, task, class_axis, class_weights, ignore_index,
    nan, precision, class_names, positive, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - labels 0 and 1 are taken as −1 and +1, with a note
    - declared in lossctl/losses/classification/exponential.py
    - when to use it, what to expect, its curve: ``lossctl.show('exponential')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.exponential([0.0, 0.0], [1.0, -1.0]), 6)
    1.0
    >>> round(lossctl.losses.exponential([1.0, 1.0], [1.0, -1.0]), 6)
    1.543081

    References
    ----------
    - Freund & Schapire, A decision-theoretic generalization of on-line learning
      (1997), doi:10.1006/jcss.1997.1504
    """

@overload
def brier(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def brier(
    predictions: _Data, targets: _Data, *, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Brier score: (p − t)², the mean squared error of predicted probabilities

        (p − t)²;   classes: Σ_c (p_c − t_c)² of each row

    Parameters
    ----------
    predictions : array
        Probabilities or logits of the positive label (any shape), or class
        scores with a class axis.
    targets : array
        Labels 0 or 1 (or soft) shaped like the predictions; or class indices or
        one-hot rows.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, clip_predictions, task, class_axis,
    class_weights, ignore_index, shift, nan, precision, class_names, positive,
    interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - Brier's own sum over both classes of a binary event is twice the
      elementwise value
    - scikit-learn's brier_score_loss halves rows of classes only with
      scale_by_half=True
    - declared in lossctl/losses/classification/brier.py
    - when to use it, what to expect, its curve: ``lossctl.show('brier')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.brier([0.75, 0.5], [1.0, 0.0]), 6)
    0.15625
    >>> round(lossctl.losses.brier([[0.5, 0.25, 0.25]], [0]), 6)
    0.375

    References
    ----------
    - Brier, Verification of forecasts expressed in terms of probability (1950),
      doi:10.1175/1520-0493(1950)078<0001:VOFEIT>2.0.CO;2
    """

@overload
def asymmetric(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def asymmetric(
    predictions: _Data, targets: _Data, *, gamma_neg: float = 4.0, gamma_pos: float = 1.0,
    clip: float = 0.05, epsilon: float = 1e-10, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Asymmetric loss (ASL): focal loss with γ₊ of positives, γ₋ and clip of
    negatives

        −t·(1−p)^γ₊·log p − (1−t)·p_m^γ₋·log(1 − p_m),  p_m = max(p − clip, 0)

    Parameters
    ----------
    predictions : array
        Probabilities of the positive label, any shape.
    targets : array
        Labels 0 or 1, or soft labels between, shaped like predictions.
    gamma_neg : [0, inf), default 4.0
        Focusing exponent of negatives, γ₋; 0 is none.
    gamma_pos : [0, inf), default 1.0
        Focusing exponent of positives, γ₊; 0 is none.
    clip : [0, 0.5), default 0.05
        Probability subtracted from negatives: those at or below it have loss 0;
        0 is no shift.
    epsilon : [0, 0.5), default 1e-10
        Lower clip of probabilities inside the logarithms, when probabilities
        are given.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, clip_predictions, task, class_axis,
    class_weights, ignore_index, nan, precision, class_names, positive,
    interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - the authors' code can hold the focusing factors constant; here they have a
      gradient
    - the mean is over labels; the authors' code sums over everything (reduction
      sum)
    - declared in lossctl/losses/classification/asymmetric.py
    - when to use it, what to expect, its curve: ``lossctl.show('asymmetric')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.asymmetric([0.5, 0.5], [1.0, 0.0]), 6)
    0.185544
    >>> round(lossctl.losses.asymmetric([0.5, 0.5], [1.0, 0.0], gamma_neg=0.0, gamma_pos=0.0, clip=0.0), 6)
    0.693147

    References
    ----------
    - Ridnik et al., Asymmetric Loss For Multi-Label Classification (2021),
      arXiv:2009.14119
    """

@overload
def poly1(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def poly1(
    predictions: _Data, targets: _Data, *, epsilon: float = 1.0, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Poly-1 loss: cross-entropy + ε·(1 − p_t), its first polynomial term
    reweighted

        −log p_t + ε·(1 − p_t),  p_t the probability of the true label

    Parameters
    ----------
    predictions : array
        Probabilities or logits of the positive label (any shape), or class
        scores with a class axis.
    targets : array
        Labels 0 or 1 (or soft) shaped like the predictions; or class indices or
        one-hot rows.
    epsilon : [-1, inf), default 1.0
        Weight added to the first term of the series, 1 − p_t; 0 is
        cross-entropy.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, clip_predictions, task, class_axis,
    class_weights, ignore_index, shift, nan, precision, class_names, positive,
    interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - epsilon is the paper's ε₁, not a clip: p_t = 0 gives inf
    - declared in lossctl/losses/classification/poly1.py
    - when to use it, what to expect, its curve: ``lossctl.show('poly1')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.poly1([0.0, 0.0], [1.0, 0.0]), 6)
    1.193147
    >>> round(lossctl.losses.poly1([[0.5, 0.25, 0.25]], [0], epsilon=2.0), 6)
    1.693147

    References
    ----------
    - Leng et al., PolyLoss: A Polynomial Expansion Perspective (2022),
      arXiv:2204.12511
    """

@overload
def multilabel_soft_margin(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def multilabel_soft_margin(
    predictions: _Data, targets: _Data, *, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Multi-label soft margin: log loss of each label from logits, mean over
    labels

        −1/L·Σ_l [t_l·log σ(z_l) + (1 − t_l)·log σ(−z_l)]

    Parameters
    ----------
    predictions : array
        Scores of every label, one row per item: (N, L).
    targets : array
        Rows of labels 0 or 1, shaped like the predictions.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, task, class_axis, class_weights, ignore_index,
    shift, nan, precision, class_names, positive, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - class weights are weights of labels; the mean divides by their mean,
      PyTorch's does not
    - declared in lossctl/losses/classification/multilabel_soft_margin.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('multilabel_soft_margin')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.multilabel_soft_margin([[2.0, -2.0, 1.0]], [[1.0, 0.0, 0.0]]), 6)
    0.522373

    References
    ----------
    - PyTorch, MultiLabelSoftMarginLoss, https://pytorch.org/docs/stable/generat
      ed/torch.nn.MultiLabelSoftMarginLoss.html
    """

@overload
def multilabel_margin(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def multilabel_margin(
    predictions: _Data, targets: _Data, *, margin: float = 1.0, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Multi-label hinge: max(0, margin − z_true + z_false) over pairs of labels, /
    L

        1/L·Σ_{y true} Σ_{j false} max(0, m − z_y + z_j)

    Parameters
    ----------
    predictions : array
        Scores of every label, one row per item: (N, L).
    targets : array
        Rows of labels 0 or 1, shaped like the predictions.
    margin : [0, inf), default 1.0
        Margin: difference of scores from which a false label has loss 0.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, task, class_axis, class_weights, ignore_index,
    shift, nan, precision, class_names, positive, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - PyTorch's list of true labels [3, 0, −1, 1] is the row [1, 0, 0, 1] here
    - a row without a true label, or with true labels only, has loss 0
    - declared in lossctl/losses/classification/multilabel_margin.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('multilabel_margin')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.multilabel_margin([[0.125, 0.25, 0.5, 1.0]], [[1.0, 0.0, 0.0, 1.0]]), 6)
    0.8125

    References
    ----------
    - PyTorch, MultiLabelMarginLoss, https://pytorch.org/docs/stable/generated/t
      orch.nn.MultiLabelMarginLoss.html
    """

@overload
def nll(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def nll(
    predictions: _Data, targets: _Data, *, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Negative log-likelihood: −log p of the true class, from log-probabilities

        −log p_y;   soft targets: −Σ_c t_c·log p_c

    Parameters
    ----------
    predictions : array
        Log-probabilities of classes: (N, C), (N, C, H, W) or (N, T, C).
    targets : array
        Class index of each item, or one-hot / soft rows shaped like the
        predictions.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, task, class_axis, class_weights, ignore_index,
    shift, nan, precision, class_names, positive, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - nothing is normalised: rows whose e^z do not sum to 1 are counted in a
      note
    - declared in lossctl/losses/classification/nll.py
    - when to use it, what to expect, its curve: ``lossctl.show('nll')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.nll([[-0.5, -1.0], [-2.0, -0.25]], [0, 1]), 6)
    0.375

    References
    ----------
    - Goodfellow, Bengio & Courville, Deep Learning (2016), §5.5,
      https://www.deeplearningbook.org
    """

@overload
def kl_divergence(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def kl_divergence(
    predictions: _Data, targets: _Data, *, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Kullback–Leibler divergence KL(t ‖ p) = Σ t·log(t/p): relative entropy

        Σ_c t_c·log(t_c / p_c),  0·log 0 = 0; inf where p = 0 < t

    Parameters
    ----------
    predictions : array
        Class logits or probabilities: (N, C), (N, C, H, W) or (N, T, C).
    targets : array
        Class index of each item, or one-hot / soft rows shaped like the
        predictions.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, clip_predictions, task, class_axis,
    class_weights, ignore_index, shift, nan, precision, class_names, positive,
    interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - the mean is over rows: PyTorch's batchmean; its default divides by the
      elements too
    - the direction is KL(targets ‖ predictions), as in PyTorch's kl_div(log p,
      t)
    - declared in lossctl/losses/classification/kl_divergence.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('kl_divergence')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.kl_divergence([[0.25, 0.75]], [[0.5, 0.5]]), 6)
    0.143841
    >>> round(lossctl.losses.kl_divergence([[-1.0986122886681098, 1.0986122886681098]], [[1.0, 0.0]]), 6)
    2.302585

    References
    ----------
    - Kullback & Leibler, On information and sufficiency (1951),
      doi:10.1214/aoms/1177729694
    """

@overload
def js_divergence(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def js_divergence(
    predictions: _Data, targets: _Data, *, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Jensen–Shannon divergence: ½·KL(t ‖ m) + ½·KL(p ‖ m), m = (t + p)/2

        ½·KL(t ‖ m) + ½·KL(p ‖ m),  m = (t + p) / 2

    Parameters
    ----------
    predictions : array
        Class logits or probabilities: (N, C), (N, C, H, W) or (N, T, C).
    targets : array
        Class index of each item, or one-hot / soft rows shaped like the
        predictions.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, clip_predictions, task, class_axis,
    class_weights, ignore_index, shift, nan, precision, class_names, positive,
    interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - natural logarithms; its square root is a metric
    - declared in lossctl/losses/classification/js_divergence.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('js_divergence')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.js_divergence([[1.0, 0.0]], [[0.0, 1.0]]), 6)
    0.693147
    >>> round(lossctl.losses.js_divergence([[0.5, 0.5]], [[1.0, 0.0]]), 6)
    0.215762

    References
    ----------
    - Lin, Divergence measures based on the Shannon entropy (1991),
      doi:10.1109/18.61115
    """

@overload
def multi_margin(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def multi_margin(
    predictions: _Data, targets: _Data, *, margin: float = 1.0, p: float = 1.0,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Multi-class hinge: mean over other classes of max(0, margin − z_y + z_j)^p

        Σ_{j≠y} max(0, m − z_y + z_j)^p / C

    Parameters
    ----------
    predictions : array
        Class logits or probabilities: (N, C), (N, C, H, W) or (N, T, C).
    targets : array
        Class index of each item, or one-hot / soft rows shaped like the
        predictions.
    margin : [0, inf), default 1.0
        Margin: difference of scores from which another class has loss 0.
    p : [1, inf), default 1.0
        Exponent of the hinges: 1 or 2.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, task, class_axis, class_weights, ignore_index,
    shift, nan, precision, class_names, positive, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - with class weights the mean divides by the weights of the rows; PyTorch's
      by N
    - soft targets take the expectation of the loss over the class
    - declared in lossctl/losses/classification/multi_margin.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('multi_margin')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.multi_margin([[1.0, 0.5, -1.0]], [0]), 6)
    0.166667
    >>> round(lossctl.losses.multi_margin([[0.0, 2.0], [3.0, 0.0]], [0, 0], p=2.0), 6)
    2.25

    References
    ----------
    - Weston & Watkins, Support vector machines for multi-class pattern
      recognition, https://www.esann.org/sites/default/files/proceedings/legacy/
      es1999-461.pdf
    """

@overload
def multiclass_hinge(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def multiclass_hinge(
    predictions: _Data, targets: _Data, *, margin: float = 1.0, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Crammer–Singer multi-class hinge (SVM): max(0, margin − z_y + best other
    score)

        max(0, m + max_{j≠y} z_j − z_y)

    Parameters
    ----------
    predictions : array
        Class logits or probabilities: (N, C), (N, C, H, W) or (N, T, C).
    targets : array
        Class index of each item, or one-hot / soft rows shaped like the
        predictions.
    margin : [0, inf), default 1.0
        Margin: difference of scores from which the loss is 0.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, task, class_axis, class_weights, ignore_index,
    shift, nan, precision, class_names, positive, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - soft targets take the expectation of the loss over the class
    - declared in lossctl/losses/classification/multiclass_hinge.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('multiclass_hinge')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.multiclass_hinge([[1.0, 0.5, -1.0]], [0]), 6)
    0.5
    >>> round(lossctl.losses.multiclass_hinge([[0.0, 2.0], [3.0, 0.0]], [0, 0], margin=2.0), 6)
    2.0

    References
    ----------
    - Crammer & Singer, On the algorithmic implementation of multiclass
      kernel-based vector machines (2001),
      https://www.jmlr.org/papers/v2/crammer01a.html
    """

@overload
def generalized_cross_entropy(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def generalized_cross_entropy(
    predictions: _Data, targets: _Data, *, q: float = 0.7, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Generalized cross-entropy: (1 − p^q)/q, bounded, for noisy labels

        (1 − p_y^q) / q

    Parameters
    ----------
    predictions : array
        Class logits or probabilities: (N, C), (N, C, H, W) or (N, T, C).
    targets : array
        Class index of each item, or one-hot / soft rows shaped like the
        predictions.
    q : (0, 1], default 0.7
        Between cross-entropy (towards 0) and the mean absolute error 1 − p (at
        1).
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, clip_predictions, task, class_axis,
    class_weights, ignore_index, shift, nan, precision, class_names, positive,
    interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - this is the paper's plain loss, without its truncation at a threshold k
    - declared in lossctl/losses/classification/generalized_cross_entropy.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('generalized_cross_entropy')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.generalized_cross_entropy([[0.25, 0.75]], [0], q=0.5), 6)
    1.0
    >>> round(lossctl.losses.generalized_cross_entropy([[2.0, 2.0, 2.0]], [1], q=1.0), 6)
    0.666667

    References
    ----------
    - Zhang & Sabuncu, Generalized Cross Entropy Loss for Noisy Labels (2018),
      arXiv:1805.07836
    """

@overload
def symmetric_cross_entropy(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def symmetric_cross_entropy(
    predictions: _Data, targets: _Data, *, alpha: float = 0.1, beta: float = 1.0, A: float = -4.0,
    epsilon: float = 1e-10, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Symmetric cross-entropy: −α·Σ t·log p − β·Σ p·log t, robust to label noise

        −α·Σ t·log p − β·Σ p·max(log t, A);   index: −α·log p_y − β·A·(1 − p_y)

    Parameters
    ----------
    predictions : array
        Class logits or probabilities: (N, C), (N, C, H, W) or (N, T, C).
    targets : array
        Class index of each item, or one-hot / soft rows shaped like the
        predictions.
    alpha : [0, inf), default 0.1
        Weight of the cross-entropy −Σ t·log p.
    beta : [0, inf), default 1.0
        Weight of the reverse cross-entropy −Σ p·log t.
    A : (-inf, 0), default -4.0
        What log 0 is replaced by.
    epsilon : [0, 0.5), default 1e-10
        Lower clip of given probabilities; at 0 a confident wrong prediction
        gives inf.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, clip_predictions, task, class_axis,
    class_weights, ignore_index, shift, nan, precision, class_names, positive,
    interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - the paper tunes alpha and beta: 0.1 and 1 for CIFAR-10, 6 and 0.1 for
      CIFAR-100
    - the authors' code clips one-hot labels at 1e-4 instead, which is A ≈ −9.21
    - declared in lossctl/losses/classification/symmetric_cross_entropy.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('symmetric_cross_entropy')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.symmetric_cross_entropy([[2.0, 2.0]], [0]), 6)
    2.069315
    >>> round(lossctl.losses.symmetric_cross_entropy([[0.5, 0.25, 0.25]], [0], alpha=0.5, A=-2.0), 6)
    1.346574

    References
    ----------
    - Wang et al., Symmetric Cross Entropy for Robust Learning (2019),
      arXiv:1908.06112
    """

@overload
def logit_adjusted_cross_entropy(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def logit_adjusted_cross_entropy(
    predictions: _Data, targets: _Data, *, tau: float = 1.0,
    priors: float | Sequence[float] | None = None, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Cross-entropy of logits + τ·log class priors: logit adjustment for long
    tails

        log Σ_j e^(z_j + τ·log π_j) − (z_y + τ·log π_y),  π the class priors

    Parameters
    ----------
    predictions : array
        Class logits or probabilities: (N, C), (N, C, H, W) or (N, T, C).
    targets : array
        Class index of each item, or one-hot / soft rows shaped like the
        predictions.
    tau : [0, inf), default 1.0
        Strength of the adjustment; 0 is cross-entropy.
    priors : (0, inf), or a list or null, default None
        How frequent each class is in training, as shares or counts; measured
        from the targets when not given.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, task, class_axis, class_weights, ignore_index,
    shift, nan, precision, class_names, positive, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - priors are those of the training data: give them when these targets are
      others
    - only their ratios matter, so counts do as well as shares
    - declared in lossctl/losses/classification/logit_adjusted_cross_entropy.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('logit_adjusted_cross_entropy')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.logit_adjusted_cross_entropy([[2.0, 2.0]], [1], priors=[0.75, 0.25]), 6)
    1.386294
    >>> round(lossctl.losses.logit_adjusted_cross_entropy([[2.0, 2.0], [-1.0, -1.0]], [0, 1]), 6)
    0.693147

    References
    ----------
    - Menon et al., Long-tail learning via logit adjustment (2021),
      arXiv:2007.07314
    """

@overload
def ldam(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def ldam(
    predictions: _Data, targets: _Data, *, max_margin: float = 0.5, scale: float = 30.0,
    counts: float | Sequence[float] | None = None, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """LDAM: cross-entropy with class margins ∝ n^−¼, larger for rare classes

        −log(e^(s·(z_y − Δ_y)) / (e^(s·(z_y − Δ_y)) + Σ_{j≠y} e^(s·z_j))),  Δ_y
        ∝ n_y^−¼

    Parameters
    ----------
    predictions : array
        Class logits or probabilities: (N, C), (N, C, H, W) or (N, T, C).
    targets : array
        Class index of each item, or one-hot / soft rows shaped like the
        predictions.
    max_margin : [0, inf), default 0.5
        Margin of the rarest class.
    scale : (0, inf), default 30.0
        Scale of the scores before the softmax.
    counts : (0, inf), or a list or null, default None
        How many items of each class there are in training; measured from the
        targets when not given.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, task, class_axis, class_weights, ignore_index,
    shift, nan, precision, class_names, positive, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - counts are those of the training data: give them when these targets are
      others
    - soft targets take the expectation of the loss over the class
    - declared in lossctl/losses/classification/ldam.py
    - when to use it, what to expect, its curve: ``lossctl.show('ldam')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.ldam([[1.5, 1.0]], [0], counts=[1.0, 16.0]), 6)
    0.693147
    >>> round(lossctl.losses.ldam([[1.0, 1.25]], [1], counts=[1.0, 16.0], scale=4.0), 6)
    0.693147

    References
    ----------
    - Cao et al., Learning Imbalanced Datasets with Label-Distribution-Aware
      Margin Loss (2019), arXiv:1906.07413
    """

@overload
def distillation(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def distillation(
    predictions: _Data, teacher: _Data, targets: _Data, *, temperature: float = 2.0,
    alpha: float = 0.5, weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Knowledge distillation: α·T²·KL(teacher ‖ student) at temperature T +
    (1−α)·CE

        α·T²·KL(softmax(u/T) ‖ softmax(z/T)) + (1 − α)·CE(z, y),  u the
        teacher's logits

    Parameters
    ----------
    predictions : array
        Logits of the student: (N, C), (N, C, H, W) or (N, T, C).
    teacher : array
        Logits of the teacher, shaped like the predictions.
    targets : array
        Class index of each item, or one-hot / soft rows shaped like the
        predictions.
    temperature : (0, inf), default 2.0
        Temperature that both sets of logits are divided by.
    alpha : [0, 1], default 0.5
        Weight of the teacher; the labels have 1 − alpha.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, task, class_axis, class_weights, ignore_index,
    shift, nan, precision, class_names, positive, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - the factor T² keeps the gradient of the soft part on one scale for every
      temperature
    - Hinton et al. give the labels' part, at temperature 1, a lower weight:
      raise alpha for that
    - others leave out T², which changes the scale of the soft part
    - Hinton et al. write the soft part as a cross-entropy: more by the
      teacher's entropy
    - declared in lossctl/losses/classification/distillation.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('distillation')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.distillation([[0.0, 0.0]], [0], teacher=[[2.1972245773362196, 0.0]]), 6)
    0.608198

    References
    ----------
    - Hinton, Vinyals & Dean, Distilling the Knowledge in a Neural Network
      (2015), arXiv:1503.02531
    """

@overload
def coral(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def coral(
    predictions: _Data, targets: _Data, *, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """CORAL: Σ over thresholds of the log loss of class > k, for ordered classes

        Σ_k [y > k]·log(1 + e^(−z_k)) + [y ≤ k]·log(1 + e^(z_k))

    Parameters
    ----------
    predictions : array (item, threshold)
        Logits of class > k for each of the K − 1 thresholds k = 0, 1, …: (N, K
        − 1).
    targets : array (item)
        The class of each item: 0 to K − 1, in order.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, ignore_index, nan, precision, class_names, axes,
    interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - the class that is predicted is the number of logits above 0
    - thresholds are one less than classes: cross_entropy has a column for each
      class
    - declared in lossctl/losses/classification/coral.py
    - when to use it, what to expect, its curve: ``lossctl.show('coral')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.coral(predictions=[[1.0986122886681098, 0.0]], targets=[1]), 6)
    0.980829

    References
    ----------
    - Cao, Mirjalili & Raschka, Rank consistent ordinal regression for neural
      networks with application to age estimation (2019), arXiv:1901.07884
    - Niu et al., Ordinal regression with multiple output CNN for age estimation
      (2016), doi:10.1109/CVPR.2016.532
    """

@overload
def corn(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def corn(
    predictions: _Data, targets: _Data, *, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """CORN: log loss of class > k given class ≥ k, mean over the thresholds
    reached

        Σ_i Σ_{k ≤ y_i} [log loss of y_i > k from z_ik] / Σ_i (number of k ≤
        y_i)

    Parameters
    ----------
    predictions : array (item, threshold)
        Logits of class > k for each of the K − 1 thresholds k = 0, 1, …: (N, K
        − 1).
    targets : array (item)
        The class of each item: 0 to K − 1, in order.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, ignore_index, nan, precision, class_names, axes,
    interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - the mean is over thresholds reached, as in coral-pytorch: low classes
      reach few
    - P(y > k) is σ(z_0)·…·σ(z_k); the class that is predicted is the number of
      those above ½
    - declared in lossctl/losses/classification/corn.py
    - when to use it, what to expect, its curve: ``lossctl.show('corn')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.corn(predictions=[[0.0, 5.0], [0.0, 0.0]], targets=[0, 2]), 6)
    0.693147
    >>> round(lossctl.losses.corn(predictions=[[1.0986122886681098, 0.0]], targets=[1]), 6)
    0.490415

    References
    ----------
    - Shi, Cao & Raschka, Deep neural networks for rank-consistent ordinal
      regression based on conditional probabilities (2021), arXiv:2111.08851
    """

@overload
def cumulative_logits(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def cumulative_logits(
    predictions: _Data, targets: _Data, *, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Cumulative logits: −log[σ(z_(y−1)) − σ(z_y)], the likelihood of ordered
    classes

        −log P(y),  P(y) = σ(z_(y−1)) − σ(z_y),  z_(−1) = ∞, z_(K−1) = −∞

    Parameters
    ----------
    predictions : array (item, threshold)
        Logits of class > k for each of the K − 1 thresholds k = 0, 1, …: (N, K
        − 1).
    targets : array (item)
        The class of each item: 0 to K − 1, in order.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, ignore_index, nan, precision, class_names, axes,
    interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - the class that is predicted is the number of logits above 0
    - thresholds are one less than classes: cross_entropy has a column for each
      class
    - declared in lossctl/losses/classification/cumulative_logits.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('cumulative_logits')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.cumulative_logits(predictions=[[1.0986122886681098, 0.0], [1.0986122886681098, 0.0]], targets=[1, 2]), 6)
    1.039721

    References
    ----------
    - McCullagh, Regression models for ordinal data (1980),
      doi:10.1111/j.2517-6161.1980.tb01109.x
    """

@overload
def ordinal_emd(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def ordinal_emd(
    predictions: _Data, targets: _Data, *, p: float = 2.0, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Squared earth mover's distance of ordered classes: Σ (cumulated p −
    cumulated t)²

        Σ_k |Σ_{j ≤ k} (p_j − t_j)|^p over k < K − 1

    Parameters
    ----------
    predictions : array
        Class logits or probabilities: (N, C), (N, C, H, W) or (N, T, C).
    targets : array
        Class index of each item, or one-hot / soft rows shaped like the
        predictions.
    p : [1, 8], default 2.0
        Power of the differences: 2 is the ranked probability score, 1 the
        distance itself.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, clip_predictions, task, class_axis,
    class_weights, ignore_index, shift, nan, precision, class_names, positive,
    interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - classes are taken in the order of their columns
    - NIMA takes the root of the mean: (value/K)^½
    - declared in lossctl/losses/classification/ordinal_emd.py
    - when to use it, what to expect, its curve: ``lossctl.show('ordinal_emd')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.ordinal_emd([[0.5, 0.25, 0.25]], [0], input='probabilities'), 6)
    0.3125
    >>> round(lossctl.losses.ordinal_emd([[0.5, 0.25, 0.25]], [2], p=1.0, input='probabilities'), 6)
    1.25

    References
    ----------
    - Hou, Yu & Samaras, Squared earth mover's distance-based loss for training
      deep neural networks (2016), arXiv:1611.05916
    - Epstein, A scoring system for probability forecasts of ranked categories
      (1969), doi:10.1175/1520-0450(1969)008<0985:ASSFPF>2.0.CO;2
    """

@overload
def dice(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def dice(
    predictions: _Data, targets: _Data, *, smooth: float = 1e-06, squared: bool = False,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', pooling: Literal['batch', 'sample'] = 'batch',
    average: Literal['micro', 'macro', 'weighted'] | int = 'micro', background: bool = True,
    class_names: Sequence[str] | None = None, positive: Any | None = None, interval: bool = False,
    confidence: float = 0.95, context: bool = False, threads: int | None = None,
) -> float:
    """Soft Dice loss: 1 − 2·Σ(p·t) / (Σp + Σt), one minus the F1 of soft masks

        1 − (2·Σpt + s) / (Σp + Σt + s)

    Parameters
    ----------
    predictions : array
        Probabilities, logits or a hard mask, any shape; class scores with a
        class axis; a label map.
    targets : array
        Masks of 0 and 1 (or soft) shaped like the predictions; or an index
        mask.
    smooth : [0, inf), default 1e-06
        Smoothing term added to numerator and denominator.
    squared : true | false, default False
        Sum squares of p and t in the denominator (V-Net).
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, input, clip_predictions, task, class_axis, class_weights,
    ignore_index, nan, precision, pooling, average, background, class_names,
    positive, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - with both masks empty and smooth 0 the loss is 0: the masks agree
    - declared in lossctl/losses/segmentation/dice.py
    - when to use it, what to expect, its curve: ``lossctl.show('dice')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.dice([1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 1.0, 0.0], smooth=0.0), 6)
    0.5

    References
    ----------
    - Milletari et al., V-Net (2016), arXiv:1606.04797
    """

@overload
def tversky(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def tversky(
    predictions: _Data, targets: _Data, *, alpha: float = 0.3, beta: float = 0.7,
    smooth: float = 1e-06, weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', pooling: Literal['batch', 'sample'] = 'batch',
    average: Literal['micro', 'macro', 'weighted'] | int = 'micro', background: bool = True,
    class_names: Sequence[str] | None = None, positive: Any | None = None, interval: bool = False,
    confidence: float = 0.95, context: bool = False, threads: int | None = None,
) -> float:
    """Tversky loss: 1 − TP / (TP + α·FP + β·FN), Dice with weights for FP and FN

        1 − (tp + s) / (tp + α·fp + β·fn + s),  tp = Σpt, fp = Σp(1−t), fn =
        Σ(1−p)t

    Parameters
    ----------
    predictions : array
        Probabilities, logits or a hard mask, any shape; class scores with a
        class axis; a label map.
    targets : array
        Masks of 0 and 1 (or soft) shaped like the predictions; or an index
        mask.
    alpha : [0, inf), default 0.3
        Weight of false positives.
    beta : [0, inf), default 0.7
        Weight of false negatives.
    smooth : [0, inf), default 1e-06
        Smoothing term added to numerator and denominator.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, input, clip_predictions, task, class_axis, class_weights,
    ignore_index, nan, precision, pooling, average, background, class_names,
    positive, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - alpha = beta = ½ with smooth s is dice with smooth 2s
    - what Keras 3 calls false positives here is Σ(1 − p)·t: its alpha is this
      beta
    - declared in lossctl/losses/segmentation/tversky.py
    - when to use it, what to expect, its curve: ``lossctl.show('tversky')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.tversky([1.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0], smooth=0.0), 6)
    0.565217

    References
    ----------
    - Salehi et al., Tversky loss function (2017), arXiv:1706.05721
    """

@overload
def jaccard(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def jaccard(
    predictions: _Data, targets: _Data, *, smooth: float = 1e-06, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', pooling: Literal['batch', 'sample'] = 'batch',
    average: Literal['micro', 'macro', 'weighted'] | int = 'micro', background: bool = True,
    class_names: Sequence[str] | None = None, positive: Any | None = None, interval: bool = False,
    confidence: float = 0.95, context: bool = False, threads: int | None = None,
) -> float:
    """Soft Jaccard (IoU) loss: 1 − Σ(p·t) / (Σp + Σt − Σ(p·t))

        1 − (tp + s) / (tp + fp + fn + s),  tp = Σpt, fp = Σp(1−t), fn = Σ(1−p)t

    Parameters
    ----------
    predictions : array
        Probabilities, logits or a hard mask, any shape; class scores with a
        class axis; a label map.
    targets : array
        Masks of 0 and 1 (or soft) shaped like the predictions; or an index
        mask.
    smooth : [0, inf), default 1e-06
        Smoothing term added to numerator and denominator.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, input, clip_predictions, task, class_axis, class_weights,
    ignore_index, nan, precision, pooling, average, background, class_names,
    positive, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - it is tversky with alpha = beta = 1, and 2d / (1 + d) for a dice loss d
      (smooth 0)
    - with both masks empty and smooth 0 the loss is 0: the masks agree
    - declared in lossctl/losses/segmentation/jaccard.py
    - when to use it, what to expect, its curve: ``lossctl.show('jaccard')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.jaccard([1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 1.0, 0.0], smooth=0.0), 6)
    0.666667

    References
    ----------
    - Rahman & Wang, Optimizing Intersection-Over-Union (2016),
      doi:10.1007/978-3-319-50835-1_22
    """

@overload
def focal_tversky(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def focal_tversky(
    predictions: _Data, targets: _Data, *, gamma: float = 0.75, alpha: float = 0.3,
    beta: float = 0.7, smooth: float = 1e-06, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', pooling: Literal['batch', 'sample'] = 'batch',
    average: Literal['micro', 'macro', 'weighted'] | int = 'micro', background: bool = True,
    class_names: Sequence[str] | None = None, positive: Any | None = None, interval: bool = False,
    confidence: float = 0.95, context: bool = False, threads: int | None = None,
) -> float:
    """Focal Tversky: (1 − Tversky index)^γ, reweights easy against hard masks

        [1 − (tp + s) / (tp + α·fp + β·fn + s)]^γ,  tp, fp, fn as in tversky

    Parameters
    ----------
    predictions : array
        Probabilities, logits or a hard mask, any shape; class scores with a
        class axis; a label map.
    targets : array
        Masks of 0 and 1 (or soft) shaped like the predictions; or an index
        mask.
    gamma : (0, inf), default 0.75
        Exponent of the Tversky loss.
    alpha : [0, inf), default 0.3
        Weight of false positives.
    beta : [0, inf), default 0.7
        Weight of false negatives.
    smooth : [0, inf), default 1e-06
        Smoothing term added to numerator and denominator.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, input, clip_predictions, task, class_axis, class_weights,
    ignore_index, nan, precision, pooling, average, background, class_names,
    positive, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - gamma is the exponent itself; the paper writes the exponent as 1/γ, and
      its γ = 4/3 is the 0.75 here
    - the paper's α weights false negatives; here alpha weights false positives
      and beta false negatives, as in tversky
    - the paper sums over classes; average macro takes their mean
    - gamma below 1 makes the gradient unbounded towards a perfect mask; at the
      perfect mask itself it is given as 0
    - declared in lossctl/losses/segmentation/focal_tversky.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('focal_tversky')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.focal_tversky([1.0, 1.0, 0.0, 0.0], [1.0, 0.0, 1.0, 0.0], gamma=2.0, alpha=0.25, beta=0.75, smooth=0.0), 6)
    0.25

    References
    ----------
    - Abraham & Khan, A novel focal Tversky loss (2018), arXiv:1810.07842
    """

@overload
def generalized_dice(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def generalized_dice(
    predictions: _Data, targets: _Data, *, smooth: float = 0.0, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, ignore_index: int | None = -100,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', pooling: Literal['batch', 'sample'] = 'batch',
    background: bool = True, class_names: Sequence[str] | None = None, positive: Any | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """Generalized Dice: one Dice over all classes, each weighted by 1/(class
    size)²

        1 − (2·Σ_c w_c·Σpt + s) / (Σ_c w_c·(Σp + Σt) + s),  w_c = 1 / (Σt)²

    Parameters
    ----------
    predictions : array
        Probabilities, logits or a hard mask, any shape; class scores with a
        class axis; a label map.
    targets : array
        Masks of 0 and 1 (or soft) shaped like the predictions; or an index
        mask.
    smooth : [0, inf), default 0.0
        Smoothing term added to numerator and denominator.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, input, clip_predictions, task, class_axis, ignore_index, nan,
    precision, pooling, background, class_names, positive, interval, confidence,
    context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - the weight of a class without targets would be 1/0; it gets the largest
      weight of the classes present (1 where none is), so false positives in it
      count
    - arrays of one shape are read as class scores with one-hot targets; for a
      single mask say task binary: it has two classes, itself and its
      background, as in the paper
    - smooth is 0 by default: the weights make both sums as small as one over
      the size of the masks, and a fixed number beside them would decide the
      value
    - all classes give one value, so average does not apply; background false
      leaves out class 0
    - declared in lossctl/losses/segmentation/generalized_dice.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('generalized_dice')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.generalized_dice([[0.5, 0.5], [0.25, 0.75], [0.0, 1.0]], [0, 1, 1]), 6)
    0.333333

    References
    ----------
    - Sudre et al., Generalised Dice overlap (2017), arXiv:1707.03237
    """

@overload
def generalized_wasserstein_dice(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def generalized_wasserstein_dice(
    predictions: _Data, targets: _Data, *, distance_matrix: Sequence[Sequence[float]] | None = None,
    weighting: Literal['foreground', 'size'] = 'foreground', smooth: float = 1e-06,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, ignore_index: int | None = -100,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', pooling: Literal['batch', 'sample'] = 'batch',
    background: bool = True, class_names: Sequence[str] | None = None, positive: Any | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """Generalized Wasserstein Dice: Dice whose errors cost the distance of the
    classes

        Σ δ / (2·Σ α_y·(1 − δ) + Σ δ + s),  δ = Σ_k M_yk·p_k of the true class
        y; α = 0 of class 0, 1 of others; weighting=size: α = 1/(size + 1), in
        all three sums

    Parameters
    ----------
    predictions : array
        Probabilities, logits or a hard mask, any shape; class scores with a
        class axis; a label map.
    targets : array
        Masks of 0 and 1 (or soft) shaped like the predictions; or an index
        mask.
    distance_matrix : a square matrix or null, default None
        Distances between classes, rows the true and columns the predicted
        class, 0 on the diagonal; divided by the greatest. null: 1 between any
        two.
    weighting : foreground | size, default 'foreground'
        True positives: those of all classes but 0, or of each weighted by
        1/(size + 1), as errors are then too.
    smooth : [0, inf), default 1e-06
        Smoothing term added to numerator and denominator.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, input, clip_predictions, task, class_axis, ignore_index, nan,
    precision, pooling, background, class_names, positive, interval, confidence,
    context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - one true class per item; of soft targets δ is the mean over the true
      classes
    - distances are divided by the greatest, as in MONAI; they need not be
      symmetric
    - all classes give one value, so average does not apply; class 0 is the
      background, whose agreement does not count unless weighting=size
    - MONAI takes logits, one loss for each image (pooling sample), and
      smooth=1e-5
    - declared in lossctl/losses/segmentation/generalized_wasserstein_dice.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('generalized_wasserstein_dice')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.generalized_wasserstein_dice([[0.5, 0.25, 0.25], [0.5, 0.5, 0.0], [0.25, 0.0, 0.75]], [0, 1, 2], distance_matrix=[[0, 1, 1], [1, 0, 0.5], [1, 0.5, 0]], smooth=0.0), 6)
    0.333333

    References
    ----------
    - Fidon et al., Generalised Wasserstein Dice score for imbalanced
      multi-class segmentation using holistic convolutional networks (2017),
      arXiv:1707.00478
    - Tilborghs et al., Segmentation of lung, lesion and lesion type in CT scans
      of COVID-19 patients (2020): weighting by size, arXiv:2007.15546
    """

@overload
def dice_cross_entropy(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def dice_cross_entropy(
    predictions: _Data, targets: _Data, *, dice_weight: float = 0.5,
    cross_entropy_weight: float = 0.5, smooth: float = 1e-06, epsilon: float = 1e-10,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, class_weights: Sequence[float] | str | None = None,
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', pooling: Literal['batch', 'sample'] = 'batch',
    average: Literal['micro', 'macro', 'weighted'] | int = 'micro', background: bool = True,
    class_names: Sequence[str] | None = None, positive: Any | None = None, interval: bool = False,
    confidence: float = 0.95, context: bool = False, threads: int | None = None,
) -> float:
    """w_d·Dice loss + w_c·cross-entropy: the compound segmentation loss of nnU-Net

        w_d·[1 − (2·Σpt + s) / (Σp + Σt + s)] + w_c·CE;  CE: mean of −t·log p −
        (1−t)·log(1−p) over elements, or of −Σ_c t_c·log p_c over rows

    Parameters
    ----------
    predictions : array
        Probabilities, logits or a hard mask, any shape; class scores with a
        class axis; a label map.
    targets : array
        Masks of 0 and 1 (or soft) shaped like the predictions; or an index
        mask.
    dice_weight : [0, inf), default 0.5
        Weight of the Dice loss.
    cross_entropy_weight : [0, inf), default 0.5
        Weight of the cross-entropy.
    smooth : [0, inf), default 1e-06
        Smoothing term added to numerator and denominator.
    epsilon : [0, 0.5), default 1e-10
        Lower clip of given probabilities; at 0 a confident wrong prediction
        gives inf.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, input, clip_predictions, task, class_axis, class_weights,
    ignore_index, nan, precision, pooling, average, background, class_names,
    positive, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - with average micro it is dice_weight·dice +
      cross_entropy_weight·cross_entropy (bce for elements), each as lossctl
      gives it alone
    - with average macro, weighted or one class each class has its own Dice and
      cross-entropy: the latter is the mean of −log p over its own items, 0 for
      a class without items
    - the authors of nnU-Net add the two with weights 1 and 1: twice the value
      here
    - with pooling sample both parts are means of their sample
    - declared in lossctl/losses/segmentation/dice_cross_entropy.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('dice_cross_entropy')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.dice_cross_entropy([0.5, 0.5], [1.0, 0.0], smooth=0.0), 6)
    0.596574

    References
    ----------
    - Taghanaki et al., Combo loss (2018), arXiv:1805.02798
    - Isensee et al., nnU-Net (2018), arXiv:1809.10486
    """

@overload
def lovasz_hinge(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def lovasz_hinge(
    predictions: _Data, targets: _Data, *, reduction: Literal['mean', 'sum'] = 'mean',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, ignore_index: int | None = -100,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', pooling: Literal['batch', 'sample'] = 'batch',
    class_names: Sequence[str] | None = None, positive: Any | None = None, interval: bool = False,
    confidence: float = 0.95, context: bool = False, threads: int | None = None,
) -> float:
    """Lovász hinge: convex surrogate of 1 − IoU of a binary mask, from logits

        Σ_k max(0, m_k)·[J(k) − J(k−1)],  m = 1 − s·z sorted downwards, s = ±1;
        J(k): Jaccard loss of a mask wrong in the first k items

    Parameters
    ----------
    predictions : array
        Logits of the positive label, any shape.
    targets : array
        Labels -1 and +1, or 0 and 1, shaped like the predictions.
    reduction, input, task, class_axis, ignore_index, nan, precision, pooling,
    class_names, positive, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - masks are 0 and 1 (or −1 and +1); soft masks are refused
    - pooling batch takes everything as one mask, pooling sample one mask for
      each entry of the first axis; the authors recommend the latter for IoU by
      image
    - the loss of an empty mask is its largest error: one false positive makes
      its IoU 0
    - declared in lossctl/losses/segmentation/lovasz_hinge.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('lovasz_hinge')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.lovasz_hinge([2.0, -1.0, 0.5, -3.0], [1.0, 1.0, 0.0, 0.0]), 6)
    1.25

    References
    ----------
    - Berman, Rannen Triki & Blaschko, Lovász-Softmax (2017), arXiv:1705.08790
    """

@overload
def lovasz_softmax(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def lovasz_softmax(
    predictions: _Data, targets: _Data, *,
    classes: Literal['present', 'all'] | Sequence[int] = 'present',
    reduction: Literal['mean', 'sum'] = 'mean',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, ignore_index: int | None = -100,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', pooling: Literal['batch', 'sample'] = 'batch',
    class_names: Sequence[str] | None = None, positive: Any | None = None, interval: bool = False,
    confidence: float = 0.95, context: bool = False, threads: int | None = None,
) -> float:
    """Lovász-softmax: surrogate of 1 − mean IoU of the classes, from probabilities

        mean over classes of Σ_k m_k·[J(k) − J(k−1)],  m = |t − p| sorted
        downwards; J(k): Jaccard loss of a mask wrong in the first k items

    Parameters
    ----------
    predictions : array
        Class logits or probabilities: (N, C), (N, C, H, W) or (N, T, C).
    targets : array
        Class index of each item, or one-hot / soft rows shaped like the
        predictions.
    classes : present | all | a list of classes, default 'present'
        Average the classes that occur in the targets of the group, all, or
        those of a list.
    reduction, input, clip_predictions, task, class_axis, ignore_index, nan,
    precision, pooling, class_names, positive, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - pooling batch takes the classes over everything, pooling sample over each
      entry of the first axis
    - with classes all, or in a list, the loss of a class that does not occur is
      its largest probability
    - a list of classes such as classes=[1,2] leaves out the background, class 0
    - declared in lossctl/losses/segmentation/lovasz_softmax.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('lovasz_softmax')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.lovasz_softmax([[0.75, 0.25], [0.5, 0.5], [0.125, 0.875]], [0, 1, 1]), 6)
    0.354167
    >>> round(lossctl.losses.lovasz_softmax([[0.75, 0.25], [0.5, 0.5], [0.125, 0.875]], [0, 1, 1], classes=[1]), 6)
    0.333333

    References
    ----------
    - Berman, Rannen Triki & Blaschko, Lovász-Softmax (2017), arXiv:1705.08790
    """

@overload
def boundary(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def boundary(
    predictions: _Data, targets: _Data, *, reduction: Literal['mean', 'sum'] = 'mean',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, ignore_index: int | None = -100,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Boundary loss: mean over pixels of p × signed distance to the true outline

        (1/|Ω|)·Σ p·φ,  φ = distance to the mask outside it; inside, −(distance
        to the nearest pixel outside − 1)

    Parameters
    ----------
    predictions : array
        Probabilities of the positive label, any shape.
    targets : array
        Labels 0 or 1, or soft labels between, shaped like predictions.
    reduction, input, clip_predictions, task, class_axis, ignore_index, nan,
    precision, class_names, positive, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - the last two axes are the image; each image has a loss of its own and the
      mean is taken over images (the slices of a volume count as images)
    - one mask per image; classes are not read, evaluate each in a run of its
      own
    - distances are in pixels, to the centre of the nearest pixel; φ follows the
      authors' program, 0 on the outermost pixels of the mask
    - the distance map depends on the target alone and is a constant: the
      gradient is exact
    - an empty or full target has no outline: φ is 0 and so is the loss
    - a soft target is the mask where t > ½
    - declared in lossctl/losses/segmentation/boundary.py
    - when to use it, what to expect, its curve: ``lossctl.show('boundary')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.boundary([[1.0, 1.0, 1.0, 0.5, 0.0]], [[1.0, 1.0, 1.0, 0.0, 0.0]]), 6)
    -0.5

    References
    ----------
    - Kervadec et al., Boundary loss (2018), arXiv:1812.07032
    """

@overload
def hausdorff(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def hausdorff(
    predictions: _Data, targets: _Data, *, alpha: float = 2.0,
    reduction: Literal['mean', 'sum'] = 'mean',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, ignore_index: int | None = -100,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Hausdorff loss: mean (p − t)²·(d_p^α + d_t^α), d distances to both outlines

        (1/|Ω|)·Σ (p − t)²·(d_p^α + d_t^α),  d: distance to the nearest pixel on
        the other side of the outline of p > ½, and of t

    Parameters
    ----------
    predictions : array
        Probabilities of the positive label, any shape.
    targets : array
        Labels 0 or 1, or soft labels between, shaped like predictions.
    alpha : (0, inf), default 2.0
        Exponent of the distances: how strongly far errors count.
    reduction, input, clip_predictions, task, class_axis, ignore_index, nan,
    precision, class_names, positive, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - the last two axes are the image; each image has a loss of its own and the
      mean is taken over images (the slices of a volume count as images)
    - one mask per image; classes are not read, evaluate each in a run of its
      own
    - this is the paper's loss by distance transforms (its equation 8), an
      estimate and not the Hausdorff distance itself
    - both distance maps are taken as constants, as in the paper; the map of the
      predicted mask changes in jumps only, so the gradient is exact wherever no
      p is ½
    - an empty or full mask has no outline: its distances are 0; with both empty
      or full the loss is 0
    - a soft target has the outline of t > ½
    - declared in lossctl/losses/segmentation/hausdorff.py
    - when to use it, what to expect, its curve: ``lossctl.show('hausdorff')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.hausdorff([[1.0, 1.0, 0.75, 0.0]], [[1.0, 0.0, 0.0, 0.0]]), 6)
    1.953125

    References
    ----------
    - Karimi & Salcudean, Reducing the Hausdorff distance (2019),
      arXiv:1904.10030
    """

@overload
def cldice(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def cldice(
    predictions: _Data, targets: _Data, *, iterations: int = 3, smooth: float = 1.0,
    reduction: Literal['mean', 'sum'] = 'mean',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, ignore_index: int | None = -100,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """clDice: 1 − harmonic mean of topology precision and sensitivity of soft
    skeletons

        1 − 2·P·S / (P + S),  P = (Σ K(p)·t + s) / (Σ K(p) + s), S = (Σ K(t)·p +
        s) / (Σ K(t) + s), K: soft skeleton

    Parameters
    ----------
    predictions : array
        Probabilities of the positive label, any shape.
    targets : array
        Labels 0 or 1, or soft labels between, shaped like predictions.
    iterations : 0, 1, 2, …, default 3
        Erosions of the soft skeleton: at least the largest radius in pixels.
    smooth : [0, inf), default 1.0
        Smoothing term added to numerator and denominator of P and S.
    reduction, input, clip_predictions, task, class_axis, ignore_index, nan,
    precision, class_names, positive, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - the last two axes are the image; each image has a loss of its own and the
      mean is taken over images (the authors' program pools the batch)
    - one mask per image; classes are not read, evaluate each in a run of its
      own
    - the skeleton is the authors' for images: erosion by the least of a pixel
      and its four neighbours, dilation by the greatest of the 3 × 3, pixels
      beyond the edge left out
    - the gradient goes through both the skeleton of p and p itself
    - with smooth 0, P or S of an empty centreline is 1; without any overlap the
      loss is 1
    - declared in lossctl/losses/segmentation/cldice.py
    - when to use it, what to expect, its curve: ``lossctl.show('cldice')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.cldice([[0.0, 0.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0]], [[0.0, 0.0, 0.0], [1.0, 1.0, 1.0], [0.0, 0.0, 0.0]], smooth=0.0), 6)
    0.2

    References
    ----------
    - Shit et al., clDice (2020), arXiv:2003.07311
    """

@overload
def triplet(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def triplet(
    *inputs: _Data, anchor: _Data | None = None, positive: _Data | None = None,
    negative: _Data | None = None, positive_distance: _Data | None = None,
    negative_distance: _Data | None = None, embeddings: _Data | None = None,
    labels: _Data | None = None, reference: _Data | None = None, margin: float = 1.0,
    distance: Literal['norm', 'squared', 'cosine'] = 'norm', p: float = 2.0, swap: bool = False,
    epsilon: float = 0.0, smooth: bool = False,
    mining: Literal['batch_all', 'batch_hard', 'semi_hard'] = 'batch_all',
    mean_over: Literal['all', 'nonzero'] = 'all', weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """Triplet margin loss: max(0, d(anchor, positive) − d(anchor, negative) +
    margin)

        max(0, d(a, p) − d(a, n) + m),  d(x, y) = ‖x − y‖_p

    Parameters
    ----------
    anchor : array (item, feature)
        Embeddings of the anchors.
    positive : array (item, feature)
        Embeddings of the positives, similar to the anchors.
    negative : array (item, feature)
        Embeddings of the negatives, dissimilar to the anchors.
        anchor, positive, negative may come in one array, (item, 3, feature).
        Or, in place of these: positive_distance (item), negative_distance
        (item).
        Or, in place of these: embeddings (item, feature), labels (item).
        Or, in place of these: embeddings (item, feature), labels (item),
        reference (item).
    margin : [0, inf), default 1.0
        Margin by which the negative should be farther than the positive.
    distance : norm | squared | cosine, default 'norm'
        The norm of the difference (see p), its square, or 1 − cos of the angle.
    p : [1, inf), default 2.0
        Order of the norm: 2 is Euclidean, 1 sums absolute differences.
    swap : true | false, default False
        Distance swap: takes the distance from positive to negative where it is
        smaller.
    epsilon : [0, inf), default 0.0
        Added to every difference before the norm.
    smooth : true | false, default False
        log(1 + e^x) in place of max(0, x): a soft margin.
    mining : batch_all | batch_hard | semi_hard, default 'batch_all'
        Which triplets of the batch count.
    mean_over : all | nonzero, default 'all'
        Of mined triplets the mean is over all, or over those whose loss is
        above 0.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - FaceNet has the squared Euclidean distance: distance=squared; d is 1 − cos
      with cosine
    - PyTorch adds 1e-6 to every difference: epsilon=1e-6 gives its numbers
    - three arrays, or one of shape (N, 3, D) or (3, D): anchor, positive,
      negative
    - batch_all: all triplets of the batch count equally, those beyond the
      margin with 0
    - batch_hard: for each anchor the farthest positive and the nearest negative
    - semi_hard: for each anchor and positive the nearest negative that is
      farther than the positive, or the farthest negative where none is
    - mined: the loss of one item is the sum over its triplets; items without
      any do not count
    - mean_over=nonzero is the reducer AvgNonZero of pytorch-metric-learning; a
      batch whose triplets are all 0 counts with all of them
    - a reference set stands in the same arrays, marked by 1 in reference:
      anchors are the other items, compared with it alone
    - declared in lossctl/losses/similarity/triplet.py
    - when to use it, what to expect, its curve: ``lossctl.show('triplet')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.triplet(anchor=[[1.0, 0.0, 0.0]], positive=[[0.9, 0.1, 0.0]], negative=[[0.0, 0.0, 1.0]]), 6)
    0.0
    >>> round(lossctl.losses.triplet(anchor=[[0.0, 0.0], [0.0, 0.0]], positive=[[3.0, 4.0], [-3.0, 4.0]], negative=[[4.0, -3.0], [0.0, 4.0]]), 6)
    1.5
    >>> round(lossctl.losses.triplet(anchor=[[0.0, 0.0]], positive=[[3.0, 4.0]], negative=[[3.0, 2.0]], p=1.0, swap=True, margin=0.5), 6)
    5.5
    >>> round(lossctl.losses.triplet(anchor=[[0.0, 0.0]], positive=[[3.0, 4.0]], negative=[[3.0, 3.0]], distance='squared'), 6)
    8.0
    >>> round(lossctl.losses.triplet(anchor=[[2.0, 0.0]], positive=[[0.0, 1.0]], negative=[[3.0, 0.0]], distance='cosine', margin=0.5), 6)
    1.5

    References
    ----------
    - Schroff, Kalenichenko & Philbin, FaceNet (2015), arXiv:1503.03832
    - Balntas et al., Learning local feature descriptors with triplets (2016):
      swap, doi:10.5244/C.30.119
    - Hermans, Beyer & Leibe, In defense of the triplet loss, arXiv:1703.07737
    """

@overload
def contrastive(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def contrastive(
    *inputs: _Data, first: _Data | None = None, second: _Data | None = None,
    targets: _Data | None = None, distances: _Data | None = None, embeddings: _Data | None = None,
    labels: _Data | None = None, margin: float = 1.0, similar_label: int = 1, squared: bool = True,
    distance: Literal['norm', 'squared', 'cosine'] = 'norm',
    mean_over: Literal['all', 'nonzero'] = 'all', weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, axes: Mapping[str, str] | None = None, interval: bool = False,
    confidence: float = 0.95, context: bool = False, threads: int | None = None,
) -> float:
    """Contrastive loss: d² of similar pairs, max(0, margin − d)² of dissimilar
    ones

        d² if similar, else max(0, m − d)²,  d = ‖a − b‖

    Parameters
    ----------
    first : array (item, feature)
        Embeddings of one side of each pair.
    second : array (item, feature)
        Embeddings of the other side.
    targets : array (item)
        Labels 1 and 0: similar pairs have similar_label.
        first, second may come in one array, (item, 2, feature).
        Or, in place of these: distances (item), targets (item).
        Or, in place of these: embeddings (item, feature), labels (item).
    margin : [0, inf), default 1.0
        Margin: distance from which dissimilar pairs have loss 0.
    similar_label : 0, 1, default 1
        The label of similar pairs.
    squared : true | false, default True
        Whether distances and hinges are squared.
    distance : norm | squared | cosine, default 'norm'
        The Euclidean norm of the difference, its square, or 1 − cos of the
        angle.
    mean_over : all | nonzero, default 'all'
        Of the pairs of a batch, each mean is over all or over those with a loss
        above 0.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, ignore_index, nan, precision, class_names, positive,
    axes, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - the paper and some guides write y = 1 for dissimilar pairs:
      similar_label=0
    - the paper has a factor ½, and so has sentence-transformers (with
      distance=cosine)
    - labels between 0 and 1 weight both parts
    - of a batch with class labels all pairs count, and the mean over similar
      pairs is added to that over others; mean_over=nonzero is as in
      pytorch-metric-learning
    - declared in lossctl/losses/similarity/contrastive.py
    - when to use it, what to expect, its curve: ``lossctl.show('contrastive')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.contrastive(first=[[3.0, 4.0], [0.5, 0.0]], second=[[0.0, 0.0], [0.0, 0.0]], targets=[1.0, 0.0]), 6)
    12.625
    >>> round(lossctl.losses.contrastive(first=[[0.5, 0.0], [7.0, 1.0]], second=[[0.0, 0.0], [7.0, 1.0]], targets=[1.0, 0.0], similar_label=0), 6)
    0.125

    References
    ----------
    - Hadsell, Chopra & LeCun, Dimensionality reduction by learning an invariant
      mapping (2006), doi:10.1109/CVPR.2006.100
    """

@overload
def cosine_embedding(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def cosine_embedding(
    *inputs: _Data, first: _Data | None = None, second: _Data | None = None,
    targets: _Data | None = None, margin: float = 0.0, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, axes: Mapping[str, str] | None = None, interval: bool = False,
    confidence: float = 0.95, context: bool = False, threads: int | None = None,
) -> float:
    """Cosine embedding: 1 − cos of similar pairs, max(0, cos − margin) of others

        1 − cos(a, b) if y = 1,  max(0, cos(a, b) − m) if y = −1

    Parameters
    ----------
    first : array (item, feature)
        Embeddings of one side of each pair.
    second : array (item, feature)
        Embeddings of the other side.
    targets : array (item)
        +1 and -1, or 1 and 0: one for each item.
        first, second may come in one array, (item, 2, feature).
    margin : [-1, 1], default 0.0
        Margin: cosine up to which dissimilar pairs have loss 0.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, ignore_index, nan, precision, class_names, positive,
    axes, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - an embedding of zeros has cosine 0 with everything, and no gradient
    - PyTorch adds 1e-12 to the squared lengths; here lengths are exact
    - declared in lossctl/losses/similarity/cosine_embedding.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('cosine_embedding')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.cosine_embedding(first=[[3.0, 4.0], [3.0, 4.0]], second=[[2.0, 0.0], [0.0, 1.0]], targets=[1.0, -1.0]), 6)
    0.6
    >>> round(lossctl.losses.cosine_embedding(first=[[3.0, 4.0], [1.0, 0.0]], second=[[0.0, 1.0], [0.0, 2.0]], targets=[-1.0, -1.0], margin=0.5), 6)
    0.15

    References
    ----------
    - PyTorch, CosineEmbeddingLoss, https://docs.pytorch.org/docs/stable/generat
      ed/torch.nn.CosineEmbeddingLoss.html
    """

@overload
def hinge_embedding(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def hinge_embedding(
    distances: _Data, targets: _Data, *, margin: float = 1.0, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, axes: Mapping[str, str] | None = None, interval: bool = False,
    confidence: float = 0.95, context: bool = False, threads: int | None = None,
) -> float:
    """Hinge embedding: d of similar pairs, max(0, margin − d) of dissimilar ones

        d if y = 1,  max(0, m − d) if y = −1

    Parameters
    ----------
    distances : array (item)
        Distance of each pair.
    targets : array (item)
        +1 and -1, or 1 and 0: one for each item.
    margin : [0, inf), default 1.0
        Margin: distance from which dissimilar pairs have loss 0.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, ignore_index, nan, precision, class_names, positive,
    axes, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - distances may be negative: they are not checked
    - declared in lossctl/losses/similarity/hinge_embedding.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('hinge_embedding')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.hinge_embedding(distances=[0.5, 0.25, 1.0, 2.0], targets=[1.0, -1.0, 1.0, -1.0]), 6)
    0.5625

    References
    ----------
    - PyTorch, HingeEmbeddingLoss, https://docs.pytorch.org/docs/stable/generate
      d/torch.nn.HingeEmbeddingLoss.html
    """

@overload
def margin_ranking(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def margin_ranking(
    first: _Data, second: _Data, targets: _Data, *, margin: float = 0.0,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights', ignore_index: int | None = -100,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, axes: Mapping[str, str] | None = None, interval: bool = False,
    confidence: float = 0.95, context: bool = False, threads: int | None = None,
) -> float:
    """Pairwise hinge (margin ranking): max(0, margin − y·(score₁ − score₂))

        max(0, −y·(x₁ − x₂) + m),  y = 1 if the first should be higher, else −1

    Parameters
    ----------
    first : array (item)
        Scores of the first of each pair.
    second : array (item)
        Scores of the second.
    targets : array (item)
        +1 and -1, or 1 and 0: one for each item.
    margin : [0, inf), default 0.0
        Margin: score difference from which a pair has loss 0.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, ignore_index, nan, precision, class_names, positive,
    axes, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - with margin 0 equal scores have loss 0 and no gradient
    - declared in lossctl/losses/similarity/margin_ranking.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('margin_ranking')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.margin_ranking(first=[2.0, 0.5], second=[1.0, -0.5], targets=[1.0, -1.0]), 6)
    0.5
    >>> round(lossctl.losses.margin_ranking(first=[2.0, 0.5], second=[1.0, 1.0], targets=[1.0, 1.0], margin=1.5), 6)
    1.25

    References
    ----------
    - Herbrich, Graepel & Obermayer, Large margin rank boundaries for ordinal
      regression (2000), doi:10.7551/mitpress/1113.003.0010
    - PyTorch, MarginRankingLoss, https://docs.pytorch.org/docs/stable/generated
      /torch.nn.MarginRankingLoss.html
    """

@overload
def cosine_similarity(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def cosine_similarity(
    *inputs: _Data, first: _Data | None = None, second: _Data | None = None,
    targets: _Data | None = None, zero_vector: Literal['orthogonal', 'refuse'] = 'orthogonal',
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """(cos(a, b) − target)²: squared error of the cosine similarity

        (cos(a, b) − t)²

    Parameters
    ----------
    first : array (item, feature)
        Embeddings of one side of each pair.
    second : array (item, feature)
        Embeddings of the other side.
    targets : array (item)
        Target cosine of each pair.
        first, second may come in one array, (item, 2, feature).
    zero_vector : orthogonal | refuse, default 'orthogonal'
        Whether a zero vector has cosine 0 with everything, or is an error.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - 1 − cos as a loss is cosine_distance; Keras' CosineSimilarity is −cos
    - ratings from 0 to 5 must be scaled first: targets beyond [−1, 1] cannot be
      reached
    - declared in lossctl/losses/similarity/cosine_similarity.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('cosine_similarity')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.cosine_similarity(first=[[3.0, 4.0], [1.0, 0.0]], second=[[2.0, 0.0], [0.0, 2.0]], targets=[0.1, 0.0]), 6)
    0.125

    References
    ----------
    - Reimers & Gurevych, Sentence-BERT (2019), arXiv:1908.10084
    """

@overload
def cosine_distance(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def cosine_distance(
    *inputs: _Data, first: _Data | None = None, second: _Data | None = None,
    zero_vector: Literal['orthogonal', 'refuse'] = 'orthogonal', weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """Cosine distance 1 − cos(a, b): 0 for the same direction, 2 for opposite ones

        1 − cos(a, b) = ½‖a/‖a‖ − b/‖b‖‖²

    Parameters
    ----------
    first : array (item, feature)
        Embeddings of one side of each pair.
    second : array (item, feature)
        Embeddings of the other side.
        first, second may come in one array, (item, 2, feature).
    zero_vector : orthogonal | refuse, default 'orthogonal'
        Whether a zero vector has cosine 0 with everything, or is an error.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - precise for nearly equal directions, where 1 − cos loses all digits
    - Keras' loss is −cos, one less; optax gives 1 − cos
    - declared in lossctl/losses/similarity/cosine_distance.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('cosine_distance')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.cosine_distance(first=[[3.0, 4.0], [1.0, 0.0]], second=[[2.0, 0.0], [0.0, 2.0]]), 6)
    0.7
    >>> round(lossctl.losses.cosine_distance(first=[[0.0, 0.0], [1.0, 1.0]], second=[[2.0, 0.0], [-3.0, -3.0]]), 6)
    1.5

    References
    ----------
    - Grill et al., Bootstrap your own latent (2020), eq. 2, arXiv:2006.07733
    """

@overload
def info_nce(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def info_nce(
    queries: _Data, keys: _Data, *, temperature: float = 0.07,
    similarity: Literal['cosine', 'dot'] = 'cosine', group: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', batch_size: int | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """InfoNCE: −log softmax of cos(query, key)/τ at the matching key of the batch

        −log(e^(s_ii/τ) / Σ_j e^(s_ij/τ)),  s_ij = cos(query i, key j)

    Parameters
    ----------
    queries : array (item, feature)
        Embeddings of the queries.
    keys : array (item, feature)
        Embeddings of the keys: row i belongs to query i.
    temperature : (0, inf), default 0.07
        Softmax temperature: divides the similarities.
    similarity : cosine | dot, default 'cosine'
        Cosine, or the inner product of the embeddings as given.
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, nan, precision, batch_size, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - the value depends on the batch: compare values at the same group size only
    - one direction, queries to keys; clip is the mean of both
    - an embedding of zeros has cosine 0 with everything, and no gradient
    - declared in lossctl/losses/similarity/info_nce.py
    - when to use it, what to expect, its curve: ``lossctl.show('info_nce')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.info_nce(queries=[[1.0, 0.0], [0.0, 2.0]], keys=[[3.0, 0.0], [0.0, 1.0]], temperature=1.0), 6)
    0.313262
    >>> round(lossctl.losses.info_nce(queries=[[1.0, 0.0], [2.0, 0.0]], keys=[[3.0, 0.0], [1.0, 0.0]]), 6)
    0.693147

    References
    ----------
    - van den Oord, Li & Vinyals, Contrastive predictive coding,
      arXiv:1807.03748
    - He et al., Momentum contrast (2019): temperature 0.07, arXiv:1911.05722
    """

@overload
def nt_xent(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def nt_xent(
    first: _Data, second: _Data, *, temperature: float = 0.5,
    similarity: Literal['cosine', 'dot'] = 'cosine', group: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', batch_size: int | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """NT-Xent (SimCLR): −log softmax of cos/τ at the other view, among 2N − 1
    views

        ½(ℓ(a_i, b_i) + ℓ(b_i, a_i)),  ℓ(x, y) = −log(e^(s_xy) / Σ_{z≠x}
        e^(s_xz)),  s = cos/τ, z over all 2N views

    Parameters
    ----------
    first : array (item, feature)
        Embeddings of one view of each item.
    second : array (item, feature)
        Embeddings of the other view.
    temperature : (0, inf), default 0.5
        Softmax temperature: divides the similarities.
    similarity : cosine | dot, default 'cosine'
        Cosine, or the inner product of the embeddings as given.
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, nan, precision, batch_size, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - a pair is one item; its loss is the mean over its two views
    - the value depends on the batch: compare values at the same group size only
    - a group of one pair has no negatives and loss 0
    - declared in lossctl/losses/similarity/nt_xent.py
    - when to use it, what to expect, its curve: ``lossctl.show('nt_xent')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.nt_xent(first=[[1.0, 0.0], [0.0, 2.0]], second=[[3.0, 0.0], [0.0, 1.0]]), 6)
    0.239545
    >>> round(lossctl.losses.nt_xent(first=[[1.0, 0.0], [2.0, 0.0]], second=[[3.0, 0.0], [1.0, 0.0]], temperature=0.1), 6)
    1.098612

    References
    ----------
    - Chen et al., A simple framework for contrastive learning, arXiv:2002.05709
    """

@overload
def multiple_negatives_ranking(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def multiple_negatives_ranking(
    anchors: _Data, positives: _Data, negatives: _Data | None = None, *, scale: float = 20.0,
    similarity: Literal['cosine', 'dot'] = 'cosine', group: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', batch_size: int | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """In-batch negatives (MNR): −log softmax of scale·cos at the anchor's positive

        −log(e^(κ·s_ii) / Σ_j e^(κ·s_ij)),  s_ij = cos(anchor i, candidate j):
        positives, then hard negatives

    Parameters
    ----------
    anchors : array (item, feature)
        Embeddings of the anchors (questions).
    positives : array (item, feature)
        Embeddings of their positives (answers).
    negatives : array (item, feature), optional
        Embeddings of one hard negative for each anchor, if there are any.
    scale : (0, inf), default 20.0
        Multiplies the similarities before the softmax (inverse temperature).
    similarity : cosine | dot, default 'cosine'
        Cosine, or the inner product of the embeddings as given.
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, nan, precision, batch_size, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - info_nce with temperature 1/scale, and hard negatives if they are given
    - the value depends on the batch: compare values at the same group size only
    - declared in lossctl/losses/similarity/multiple_negatives_ranking.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('multiple_negatives_ranking')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.multiple_negatives_ranking(anchors=[[1.0, 0.0], [0.0, 2.0]], positives=[[3.0, 0.0], [0.0, 1.0]], scale=1.0), 6)
    0.313262
    >>> round(lossctl.losses.multiple_negatives_ranking(anchors=[[1.0, 0.0]], positives=[[3.0, 0.0]], negatives=[[2.0, 0.0]]), 6)
    0.693147

    References
    ----------
    - Henderson et al., Efficient natural language response, arXiv:1705.00652
    - Reimers & Gurevych, Sentence-BERT (2019), arXiv:1908.10084
    """

@overload
def clip(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def clip(
    first: _Data, second: _Data, *, temperature: float = 0.07, group: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', batch_size: int | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """CLIP: symmetric InfoNCE of cos/τ, mean of rows → columns and columns → rows

        ½(−log softmax_j(s_ij)_i − log softmax_j(s_ji)_i),  s_ij = cos(a_i,
        b_j)/τ

    Parameters
    ----------
    first : array (item, feature)
        Embeddings of one kind, such as images.
    second : array (item, feature)
        Embeddings of the other kind, such as texts: row i belongs to row i.
    temperature : (0, inf), default 0.07
        Softmax temperature: divides the cosines.
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, nan, precision, batch_size, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - CLIP learns its temperature from 0.07 on; give the one that was learnt
    - the value depends on the batch: compare values at the same group size only
    - declared in lossctl/losses/similarity/clip.py
    - when to use it, what to expect, its curve: ``lossctl.show('clip')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.clip(first=[[1.0, 0.0], [0.0, 1.0]], second=[[2.0, 0.0], [5.0, 0.0]], temperature=1.0), 6)
    0.753204

    References
    ----------
    - Radford et al., Learning transferable visual models, arXiv:2103.00020
    """

@overload
def supervised_contrastive(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def supervised_contrastive(
    embeddings: _Data, labels: _Data, *, temperature: float = 0.1, group: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', ignore_index: int | None = -100,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    batch_size: int | None = None, axes: Mapping[str, str] | None = None, interval: bool = False,
    confidence: float = 0.95, context: bool = False, threads: int | None = None,
) -> float:
    """Supervised contrastive (SupCon): mean −log softmax of cos/τ at same-label
    items

        −(1/|P_i|) Σ_{p∈P_i} log(e^(s_ip) / Σ_{a≠i} e^(s_ia)),  s = cos/τ, P_i:
        the others with the label of i

    Parameters
    ----------
    embeddings : array (item, feature)
        One embedding per item (or per view).
    labels : array (item)
        Whole numbers: the class or identity of each embedding.
    temperature : (0, inf), default 0.1
        Softmax temperature: divides the cosines.
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, ignore_index, nan, precision, class_names, batch_size, axes,
    interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - several views of one item are items of the same label
    - items without another of their label do not count, but serve as negatives
    - the authors' code multiplies by temperature/base_temperature, which is 1
      by default
    - the sum over positives stands outside the log (L_out)
    - declared in lossctl/losses/similarity/supervised_contrastive.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('supervised_contrastive')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.supervised_contrastive(embeddings=[[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]], labels=[3, 3, 8], temperature=1.0), 6)
    0.313262

    References
    ----------
    - Khosla et al., Supervised contrastive learning (2020), arXiv:2004.11362
    """

@overload
def circle(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def circle(
    embeddings: _Data, labels: _Data, *, margin: float = 0.25, gamma: float = 256.0,
    group: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    batch_size: int | None = None, axes: Mapping[str, str] | None = None, interval: bool = False,
    confidence: float = 0.95, context: bool = False, threads: int | None = None,
) -> float:
    """Circle loss: log(1 + Σ_n e^(γ[s_n+m]₊(s_n−m)) · Σ_p
    e^(−γ[1+m−s_p]₊(s_p−1+m)))

        log(1 + Σ_n e^(γ[s_n + m]₊(s_n − m)) · Σ_p e^(−γ[1 + m − s_p]₊(s_p − 1 +
        m)))

    Parameters
    ----------
    embeddings : array (item, feature)
        One embedding per item.
    labels : array (item)
        Whole numbers: the class or identity of each embedding.
    margin : [0, 1), default 0.25
        Margin m: positives should be above 1 − m, negatives below m.
    gamma : (0, inf), default 256.0
        Scale of the exponents.
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, ignore_index, nan, precision, class_names, batch_size, axes,
    interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - the gradient is that of the value; the authors' code treats the weights
      [·]₊ as constants
    - anchors without a positive or without a negative do not count
    - the paper takes γ = 256, m = 0.25 for faces and γ = 80, m = 0.4 for
      retrieval
    - declared in lossctl/losses/similarity/circle.py
    - when to use it, what to expect, its curve: ``lossctl.show('circle')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.circle(embeddings=[[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]], labels=[3, 3, 8], gamma=1.0, margin=0.0), 6)
    0.693147
    >>> round(lossctl.losses.circle(embeddings=[[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]], labels=[0, 0, 1, 1], gamma=8.0, margin=0.5), 6)
    6.129109

    References
    ----------
    - Sun et al., Circle loss (2020), arXiv:2002.10857
    """

@overload
def multi_similarity(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def multi_similarity(
    embeddings: _Data, labels: _Data, *, alpha: float = 2.0, beta: float = 50.0, base: float = 0.5,
    group: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    batch_size: int | None = None, axes: Mapping[str, str] | None = None, interval: bool = False,
    confidence: float = 0.95, context: bool = False, threads: int | None = None,
) -> float:
    """Multi-similarity: soft max of λ − cos over positives + cos − λ over
    negatives

        (1/α)·log(1 + Σ_p e^(−α(s_p − λ))) + (1/β)·log(1 + Σ_n e^(β(s_n − λ)))

    Parameters
    ----------
    embeddings : array (item, feature)
        One embedding per item.
    labels : array (item)
        Whole numbers: the class or identity of each embedding.
    alpha : (0, inf), default 2.0
        Sharpness of the soft maximum over positives.
    beta : (0, inf), default 50.0
        Sharpness of the soft maximum over negatives.
    base : [-1, 1], default 0.5
        Cosine that separates positives from negatives.
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, ignore_index, nan, precision, class_names, batch_size, axes,
    interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - all pairs count: the mining of the paper (ε = 0.1) is left out
    - items without a positive, or without a negative, only have the other part
    - declared in lossctl/losses/similarity/multi_similarity.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('multi_similarity')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.multi_similarity(embeddings=[[1.0, 0.0], [2.0, 0.0], [0.0, 1.0]], labels=[3, 3, 8], alpha=1.0, beta=1.0, base=0.0), 6)
    1.037143

    References
    ----------
    - Wang et al., Multi-similarity loss with general pair weighting,
      arXiv:1904.06627
    """

@overload
def n_pairs(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def n_pairs(
    anchors: _Data, positives: _Data, *, l2: float = 0.0, group: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', batch_size: int | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """N-pair loss: log(1 + Σ_j e^(a·p_j − a·p)) over the positives of other
    anchors

        log(1 + Σ_{j≠i} e^(a_i·p_j − a_i·p_i)) + ¼λ(‖a_i‖² + ‖p_i‖²)

    Parameters
    ----------
    anchors : array (item, feature)
        Embeddings of the anchors, each of another class.
    positives : array (item, feature)
        Embeddings of their positives.
    l2 : [0, inf), default 0.0
        Weight of the squared L2 norms of the embeddings.
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, nan, precision, batch_size, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - TensorFlow's contrib version had l2 = 0.002; the paper also regularizes
      the lengths
    - the value depends on the batch: compare values at the same group size only
    - declared in lossctl/losses/similarity/n_pairs.py
    - when to use it, what to expect, its curve: ``lossctl.show('n_pairs')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.n_pairs(anchors=[[1.0, 0.0], [0.0, 1.0]], positives=[[1.0, 0.0], [0.0, 2.0]]), 6)
    0.220095
    >>> round(lossctl.losses.n_pairs(anchors=[[1.0, 0.0], [0.0, 1.0]], positives=[[1.0, 0.0], [0.0, 2.0]], l2=0.5), 6)
    0.657595

    References
    ----------
    - Sohn, Improved deep metric learning with multi-class N-pair loss (2016), h
      ttps://papers.nips.cc/paper/6200-improved-deep-metric-learning-with-multi-
      class-n-pair-loss-objective
    """

@overload
def arcface(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def arcface(
    predictions: _Data, targets: _Data, *, margin: float = 0.5, scale: float = 64.0,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights', ignore_index: int | None = -100,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """ArcFace: softmax cross-entropy of s·cos θ, with s·cos(θ + m) for the true
    class

        −log(e^(s·cos(θ_y + m)) / (e^(s·cos(θ_y + m)) + Σ_{j≠y} e^(s·cos θ_j)))

    Parameters
    ----------
    predictions : array (item, class)
        Cosines between each embedding and the centre of each class.
    targets : array (item)
        The class of each item, from 0 on.
    margin : [0, 1.5708], default 0.5
        Angular margin added to the angle of the true class, in radians.
    scale : (0, inf), default 64.0
        Scale s of the cosines before the softmax (inverse temperature).
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, ignore_index, nan, precision, class_names, axes,
    interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - where θ + m would pass π the cosine less m·sin m is taken, as the authors'
      code does
    - cosines beyond ±1 by rounding are clipped
    - declared in lossctl/losses/similarity/arcface.py
    - when to use it, what to expect, its curve: ``lossctl.show('arcface')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.arcface(predictions=[[0.6, 0.0]], targets=[0], margin=1.5707963267948966, scale=1.0), 6)
    1.171101
    >>> round(lossctl.losses.arcface(predictions=[[0.5, 0.5, 0.5]], targets=[1], margin=0.0), 6)
    1.098612

    References
    ----------
    - Deng et al., ArcFace (2018), arXiv:1801.07698
    """

@overload
def cosface(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def cosface(
    predictions: _Data, targets: _Data, *, margin: float = 0.35, scale: float = 64.0,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights', ignore_index: int | None = -100,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """CosFace (AM-softmax): cross-entropy of s·cos θ, s·(cos θ − m) for the true
    class

        −log(e^(s(cos θ_y − m)) / (e^(s(cos θ_y − m)) + Σ_{j≠y} e^(s·cos θ_j)))

    Parameters
    ----------
    predictions : array (item, class)
        Cosines between each embedding and the centre of each class.
    targets : array (item)
        The class of each item, from 0 on.
    margin : [0, inf), default 0.35
        Margin subtracted from the cosine of the true class.
    scale : (0, inf), default 64.0
        Scale s of the cosines before the softmax (inverse temperature).
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, ignore_index, nan, precision, class_names, axes,
    interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - cosines are given: of the embeddings and the rows of the last layer
    - declared in lossctl/losses/similarity/cosface.py
    - when to use it, what to expect, its curve: ``lossctl.show('cosface')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.cosface(predictions=[[0.75, 0.5]], targets=[0], margin=0.25), 6)
    0.693147
    >>> round(lossctl.losses.cosface(predictions=[[0.5, 0.5], [1.0, 0.0]], targets=[1, 0], margin=0.5, scale=2.0), 6)
    0.813262

    References
    ----------
    - Wang et al., CosFace (2018), arXiv:1801.09414
    - Wang et al., Additive margin softmax (2018), arXiv:1801.05599
    """

@overload
def barlow_twins(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def barlow_twins(
    first: _Data, second: _Data, *, redundancy: float = 0.0051, epsilon: float = 0.0,
    group: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', batch_size: int | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Barlow Twins: Σ (1 − C_ii)² + λ·Σ C_ij² of the correlations between two
    views

        Σ_i (1 − C_ii)² + λ Σ_{i≠j} C_ij²,  C: correlations of the features of
        both views over the batch

    Parameters
    ----------
    first : array (item, feature)
        Embeddings of one view of each item.
    second : array (item, feature)
        Embeddings of the other view.
    redundancy : [0, inf), default 0.0051
        Weight λ of the off-diagonal correlations.
    epsilon : [0, inf), default 0.0
        Added to the variances of the features.
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, nan, precision, batch_size, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - one value per batch; the mean over batches weights them equally
    - the authors' code standardises with epsilon=1e-5, as batch normalisation
      does
    - a feature that is the same for all items has correlation 0 with everything
    - declared in lossctl/losses/similarity/barlow_twins.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('barlow_twins')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.barlow_twins(first=[[1.0, 1.0], [-1.0, 1.0], [1.0, -1.0], [-1.0, -1.0]], second=[[1.0, 1.0], [-1.0, -1.0], [1.0, 1.0], [-1.0, -1.0]], redundancy=0.5), 6)
    1.5

    References
    ----------
    - Zbontar et al., Barlow Twins (2021), arXiv:2103.03230
    """

@overload
def vicreg(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def vicreg(
    first: _Data, second: _Data, *, invariance_weight: float = 25.0, variance_weight: float = 25.0,
    covariance_weight: float = 1.0, gamma: float = 1.0, epsilon: float = 0.0001,
    group: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', batch_size: int | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """VICReg: λ·invariance (mse of views) + μ·variance hinge + ν·covariances²

        λ·mse(a, b) + ½μ·mean_j(max(0, γ − σ_j(a)) + max(0, γ − σ_j(b))) +
        ν·Σ_{i≠j}(cov(a)_ij² + cov(b)_ij²)/D,  σ² = var + ε

    Parameters
    ----------
    first : array (item, feature)
        Embeddings of one view of each item.
    second : array (item, feature)
        Embeddings of the other view.
    invariance_weight : [0, inf), default 25.0
        Weight of the invariance term, the mean squared difference of the views.
    variance_weight : [0, inf), default 25.0
        Weight of the variance term, the hinges max(0, gamma − deviation).
    covariance_weight : [0, inf), default 1.0
        Weight of the covariance term, squared covariances between features.
    gamma : [0, inf), default 1.0
        Target standard deviation of every feature.
    epsilon : [0, inf), default 0.0001
        Added to the variances before the root.
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, nan, precision, batch_size, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - one value per batch; the mean over batches weights them equally
    - as in the authors' code: the difference is a mean over features and the
      variance part is halved; the paper sums and does not halve
    - variances divide by N − 1; those of a batch of one item are 0
    - declared in lossctl/losses/similarity/vicreg.py
    - when to use it, what to expect, its curve: ``lossctl.show('vicreg')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.vicreg(first=[[0.0, 0.0], [2.0, 2.0]], second=[[0.0, 1.0], [2.0, 1.0]], epsilon=0.0), 6)
    22.75

    References
    ----------
    - Bardes, Ponce & LeCun, VICReg (2021), arXiv:2105.04906
    """

@overload
def ranknet(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def ranknet(
    predictions: _Data, targets: _Data, *, sigma: float = 1.0,
    pairs: Literal['mean', 'sum', 'pooled'] = 'mean',
    pair_weights: Literal['equal', 'relevance', 'squared_relevance'] = 'equal',
    group: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', batch_size: int | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """RankNet: log(1 + e^(−σ·(s_i − s_j))) over pairs with i more relevant than j

        mean over pairs with y_i > y_j of log(1 + e^(−σ(s_i − s_j)))

    Parameters
    ----------
    predictions : array (item)
        Scores of the items; higher ranks nearer the top of the list.
    targets : array (item)
        Relevance of the items: grades, clicks, any numbers.
    sigma : (0, inf), default 1.0
        Scale of the score differences inside the sigmoid.
    pairs : mean | sum | pooled, default 'mean'
        Whether the loss of a list is the mean or the sum over its pairs; pooled
        is one mean over the pairs of all lists, as in Rax and allRank.
    pair_weights : equal | relevance | squared_relevance, default 'equal'
        Weights of pairs: 1, the difference y_i − y_j of their relevance, or
        |y_i² − y_j²|.
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, ignore_index, nan, precision, batch_size, axes, interval,
    confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - each list is one item: the mean is over lists, the loss of one being the
      mean over its pairs
    - items of equal relevance make no pair
    - lists without a pair, of one item or of one relevance, have weight 0: they
      are no part of the mean
    - weight w of one item stands for w items: each pair counts w_i·w_j times
    - pairs=pooled: long lists count more, as they have more pairs
    - pair_weights multiply the loss of a pair, and means still divide by the
      number of pairs
    - the paper would ask for equal scores of items of equal relevance
    - pairs=sum is the paper's cost: long lists then count more, as L²
    - declared in lossctl/losses/ranking/ranknet.py
    - when to use it, what to expect, its curve: ``lossctl.show('ranknet')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.ranknet(predictions=[0.0, 0.0, 0.0], targets=[2.0, 1.0, 0.0]), 6)
    0.693147
    >>> round(lossctl.losses.ranknet(predictions=[1.0, 0.0, 1.0], targets=[1.0, 0.0, 0.0], pairs='sum'), 6)
    1.006409

    References
    ----------
    - Burges et al., Learning to rank using gradient descent (2005),
      doi:10.1145/1102351.1102363
    - Burges, From RankNet to LambdaRank to LambdaMART: an overview (2010), http
      s://www.microsoft.com/en-us/research/publication/from-ranknet-to-lambdaran
      k-to-lambdamart-an-overview/
    """

@overload
def listnet(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def listnet(
    predictions: _Data, targets: _Data, *,
    distribution: Literal['softmax', 'share', 'relevance'] = 'softmax', group: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', ignore_index: int | None = -100,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', batch_size: int | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """ListNet (top one): cross-entropy of softmax(scores) with softmax(relevance)

        −Σ P(i)·log softmax(s)_i,  P = softmax(y), y / Σy, or y

    Parameters
    ----------
    predictions : array (item)
        Scores of the items; higher ranks nearer the top of the list.
    targets : array (item)
        Relevance of the items: grades, clicks, any numbers.
    distribution : softmax | share | relevance, default 'softmax'
        Target distribution: softmax of the relevance, each relevance over their
        sum, or the relevance itself (Rax, optax).
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, ignore_index, nan, precision, batch_size, axes, interval,
    confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - each list is one item: the mean is over lists
    - a list of one item has loss 0 and counts
    - weight w of one item stands for w items: P = w·e^y / Σ w·e^y, and Σ e^s
      becomes Σ w·e^s
    - equal relevance throughout is a valid target: equal scores are then best,
      at log L
    - with distribution=share a list without any relevance has weight 0: it is
      no part of the mean
    - distribution=relevance multiplies the loss of each list by Σy: the softmax
      loss of Rax and optax; lists without relevance count with 0
    - declared in lossctl/losses/ranking/listnet.py
    - when to use it, what to expect, its curve: ``lossctl.show('listnet')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.listnet(predictions=[0.0, 0.0, 0.0, 0.0], targets=[3.0, 1.0, 0.0, 2.0]), 6)
    1.386294
    >>> round(lossctl.losses.listnet(predictions=[0.0, 1.0986122886681098], targets=[1.0, 1.0], distribution='share'), 6)
    0.836988
    >>> round(lossctl.losses.listnet(predictions=[0.0, 0.0], targets=[2.0, 1.0], distribution='relevance'), 6)
    2.079442

    References
    ----------
    - Cao et al., Learning to rank: from pairwise approach to listwise approach
      (2007), doi:10.1145/1273496.1273513
    - Bruch et al., An analysis of the softmax cross entropy loss for
      learning-to-rank with binary relevance (2019), doi:10.1145/3341981.3344221
    """

@overload
def listmle(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def listmle(
    predictions: _Data, targets: _Data, *, k: int | None = None,
    discount: Literal['none', 'logarithmic', 'exponential'] = 'none', group: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', ignore_index: int | None = -100,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', batch_size: int | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """ListMLE: −log Plackett–Luce likelihood of the order by relevance

        Σ_i w_i·[log Σ_{j≥i} e^(s_j) − s_i],  items sorted by falling relevance,
        w_i = 1 or the discount of place i

    Parameters
    ----------
    predictions : array (item)
        Scores of the items; higher ranks nearer the top of the list.
    targets : array (item)
        Relevance of the items: grades, clicks, any numbers.
    k : 1, 2, 3, … or null, default None
        Number of top places that count; null for all.
    discount : none | logarithmic | exponential, default 'none'
        Weights of the places i: equal, 1/log2(1 + i), or (2^(L−i) − 1)/(2^(L−1)
        − 1).
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, ignore_index, nan, precision, batch_size, axes, interval,
    confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - each list is one item: the mean is over lists, the loss of one being the
      sum over its places
    - items of equal relevance stay in the order in which they are given
    - p-ListMLE is discount=exponential, up to its factor 2^(L−1) − 1, which
      long lists would overflow
    - weights of items are 0 or 1: ranks allow no fractional counts
    - lists of one item, or of one relevance, have no order and weight 0: they
      are no part of the mean
    - declared in lossctl/losses/ranking/listmle.py
    - when to use it, what to expect, its curve: ``lossctl.show('listmle')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.listmle(predictions=[0.0, 0.0, 0.0], targets=[1.0, 3.0, 2.0]), 6)
    1.791759
    >>> round(lossctl.losses.listmle(predictions=[0.0, 0.0, 0.0], targets=[1.0, 3.0, 2.0], k=1), 6)
    1.098612
    >>> round(lossctl.losses.listmle(predictions=[0.0, 0.0, 0.0], targets=[1.0, 3.0, 2.0], discount='exponential'), 6)
    1.329661

    References
    ----------
    - Xia et al., Listwise approach to learning to rank: theory and algorithm
      (2008), doi:10.1145/1390156.1390306
    - Lan et al., Position-aware ListMLE: a sequential learning process for
      ranking (2014), https://dl.acm.org/doi/10.5555/3020751.3020798
    """

@overload
def lambda_rank(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def lambda_rank(
    predictions: _Data, targets: _Data, *, sigma: float = 1.0, k: int | None = None,
    gain: Literal['exponential', 'linear'] = 'exponential', group: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', ignore_index: int | None = -100,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', batch_size: int | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """LambdaRank: RankNet's pairwise logistic loss, each pair weighted by |ΔNDCG|

        Σ over pairs with y_i > y_j of |ΔNDCG_ij|·log(1 + e^(−σ(s_i − s_j))),
        ΔNDCG_ij = (G_i − G_j)(1/D_i − 1/D_j)/maxDCG,  D = log2(1 + rank)

    Parameters
    ----------
    predictions : array (item)
        Scores of the items; higher ranks nearer the top of the list.
    targets : array (item)
        Relevance of the items: 0, 1, 2, ….
    sigma : (0, inf), default 1.0
        Scale of the score differences inside the sigmoid.
    k : 1, 2, 3, … or null, default None
        Truncation of NDCG: the number of top places that count; null for all.
    gain : exponential | linear, default 'exponential'
        Gain of relevance y: 2^y − 1, or y.
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, ignore_index, nan, precision, batch_size, axes, interval,
    confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - each list is one item: the mean is over lists, the loss of one being the
      sum over its pairs
    - logarithms of the loss are natural, those of the discount to base 2
    - ranks follow from the scores given, so |ΔNDCG| changes in jumps only:
      taken as constant, as in LambdaRank, it leaves an exact gradient where no
      two scores tie
    - items of equal score take their places in the order in which they are
      given
    - weights of items are 0 or 1: ranks allow no fractional counts
    - with k a pair counts while one of its items is among the first k:
      discounts end there
    - lists without a pair, of one item or of one relevance, have weight 0: they
      are no part of the mean
    - declared in lossctl/losses/ranking/lambda_rank.py
    - when to use it, what to expect, its curve: ``lossctl.show('lambda_rank')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.lambda_rank(predictions=[0.0, 0.0], targets=[0.0, 1.0]), 6)
    0.25582
    >>> round(lossctl.losses.lambda_rank(predictions=[0.0, 1.0, -5.0], targets=[3.0, 1.0, 1.0], gain='linear', k=1), 6)
    0.875508

    References
    ----------
    - Burges, Ragno & Le, Learning to rank with nonsmooth cost functions (2006),
      https://proceedings.neurips.cc/paper/2006/hash/af44c4c56f385c43f2529f9b1b0
      18f6a-Abstract.html
    - Wang et al., The LambdaLoss framework for ranking metric optimization
      (2018), doi:10.1145/3269206.3271784
    - Järvelin & Kekäläinen, Cumulated gain-based evaluation of IR techniques
      (2002), doi:10.1145/582415.582418
    """

@overload
def approx_ndcg(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def approx_ndcg(
    predictions: _Data, targets: _Data, *, temperature: float = 0.1,
    gain: Literal['exponential', 'linear'] = 'exponential', group: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', ignore_index: int | None = -100,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', batch_size: int | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """ApproxNDCG: 1 − NDCG with smooth ranks 1 + Σ sigmoid((s_j − s_i)/T)

        1 − Σ_i G_i/log2(1 + r_i) / maxDCG,  r_i = 1 + Σ_{j≠i} 1/(1 + e^((s_i −
        s_j)/T))

    Parameters
    ----------
    predictions : array (item)
        Scores of the items; higher ranks nearer the top of the list.
    targets : array (item)
        Relevance of the items: 0, 1, 2, ….
    temperature : (0, inf), default 0.1
        Divides differences of scores; smaller is nearer to NDCG.
    gain : exponential | linear, default 'exponential'
        Gain of relevance y: 2^y − 1, or y.
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, ignore_index, nan, precision, batch_size, axes, interval,
    confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - each list is one item: the mean is over lists; those without relevance
      have weight 0
    - allRank and TF-Ranking give minus the smooth NDCG: this value minus 1
    - weights of items are 0 or 1
    - declared in lossctl/losses/ranking/approx_ndcg.py
    - when to use it, what to expect, its curve: ``lossctl.show('approx_ndcg')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.approx_ndcg(predictions=[0.0, 0.0, 0.0, 0.0, 0.0], targets=[1.0, 0.0, 0.0, 0.0, 0.0], temperature=1.0), 6)
    0.5

    References
    ----------
    - Qin, Liu & Li, A general approximation framework for direct optimization
      of information retrieval measures (2010), doi:10.1007/s10791-009-9124-x
    - Bruch et al., Revisiting approximate metric optimization in the age of
      deep neural networks (2019), doi:10.1145/3331184.3331347
    """

@overload
def pairwise_hinge(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def pairwise_hinge(
    predictions: _Data, targets: _Data, *, margin: float = 1.0,
    pairs: Literal['mean', 'sum', 'pooled'] = 'mean',
    pair_weights: Literal['equal', 'relevance', 'squared_relevance'] = 'equal',
    group: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', batch_size: int | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Pairwise hinge (RankSVM): max(0, 1 − (s_i − s_j)) over pairs with i more
    relevant

        mean over pairs with y_i > y_j of max(0, m − (s_i − s_j))

    Parameters
    ----------
    predictions : array (item)
        Scores of the items; higher ranks nearer the top of the list.
    targets : array (item)
        Relevance of the items: grades, clicks, any numbers.
    margin : [0, inf), default 1.0
        Margin by which the better item should lead.
    pairs : mean | sum | pooled, default 'mean'
        Whether the loss of a list is the mean or the sum over its pairs; pooled
        is one mean over the pairs of all lists, as in Rax and allRank.
    pair_weights : equal | relevance | squared_relevance, default 'equal'
        Weights of pairs: 1, the difference y_i − y_j of their relevance, or
        |y_i² − y_j²|.
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, ignore_index, nan, precision, batch_size, axes, interval,
    confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - each list is one item: the mean is over lists, the loss of one being the
      mean over its pairs
    - items of equal relevance make no pair
    - lists without a pair, of one item or of one relevance, have weight 0: they
      are no part of the mean
    - weight w of one item stands for w items: each pair counts w_i·w_j times
    - pairs=pooled: long lists count more, as they have more pairs
    - pair_weights multiply the loss of a pair, and means still divide by the
      number of pairs
    - declared in lossctl/losses/ranking/pairwise_hinge.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('pairwise_hinge')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.pairwise_hinge(predictions=[1.0, 0.5, 2.0], targets=[1.0, 0.0, 0.0]), 6)
    1.25

    References
    ----------
    - Joachims, Optimizing search engines using clickthrough data (2002),
      doi:10.1145/775047.775067
    """

@overload
def pairwise_soft_zero_one(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def pairwise_soft_zero_one(
    predictions: _Data, targets: _Data, *, sigma: float = 1.0,
    pairs: Literal['mean', 'sum', 'pooled'] = 'mean',
    pair_weights: Literal['equal', 'relevance', 'squared_relevance'] = 'equal',
    group: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', batch_size: int | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Pairwise soft zero-one: sigmoid(−(s_i − s_j)), a smooth share of wrong pairs

        mean over pairs with y_i > y_j of 1/(1 + e^(σ(s_i − s_j)))

    Parameters
    ----------
    predictions : array (item)
        Scores of the items; higher ranks nearer the top of the list.
    targets : array (item)
        Relevance of the items: grades, clicks, any numbers.
    sigma : (0, inf), default 1.0
        Scale of the score differences inside the sigmoid.
    pairs : mean | sum | pooled, default 'mean'
        Whether the loss of a list is the mean or the sum over its pairs; pooled
        is one mean over the pairs of all lists, as in Rax and allRank.
    pair_weights : equal | relevance | squared_relevance, default 'equal'
        Weights of pairs: 1, the difference y_i − y_j of their relevance, or
        |y_i² − y_j²|.
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, ignore_index, nan, precision, batch_size, axes, interval,
    confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - each list is one item: the mean is over lists, the loss of one being the
      mean over its pairs
    - items of equal relevance make no pair
    - lists without a pair, of one item or of one relevance, have weight 0: they
      are no part of the mean
    - weight w of one item stands for w items: each pair counts w_i·w_j times
    - pairs=pooled: long lists count more, as they have more pairs
    - pair_weights multiply the loss of a pair, and means still divide by the
      number of pairs
    - declared in lossctl/losses/ranking/pairwise_soft_zero_one.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('pairwise_soft_zero_one')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.pairwise_soft_zero_one(predictions=[1.0986122886681098, 0.0, 1.0986122886681098], targets=[1.0, 0.0, 0.0]), 6)
    0.375

    References
    ----------
    - Jagerman et al., Rax: composable learning-to-rank using JAX (2022),
      doi:10.1145/3534678.3539065
    """

@overload
def pairwise_mse(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def pairwise_mse(
    predictions: _Data, targets: _Data, *, pairs: Literal['mean', 'sum', 'pooled'] = 'mean',
    group: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', batch_size: int | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Pairwise MSE: mean over all pairs of ((s_i − s_j) − (y_i − y_j))²

        (1/L²)·Σ_i Σ_j ((s_i − s_j) − (y_i − y_j))² = 2·variance of s − y

    Parameters
    ----------
    predictions : array (item)
        Scores of the items; higher ranks nearer the top of the list.
    targets : array (item)
        Relevance of the items: grades, clicks, any numbers.
    pairs : mean | sum | pooled, default 'mean'
        Whether the loss of a list is the mean or the sum over its pairs; pooled
        is one mean over the pairs of all lists, as in Rax and allRank.
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, ignore_index, nan, precision, batch_size, axes, interval,
    confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - the mean is over lists, the loss of one being the mean over all its L²
      pairs, those of the same document among them
    - pairs=pooled: long lists count more, as they have more pairs
    - weights of items are 0 or 1
    - declared in lossctl/losses/ranking/pairwise_mse.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('pairwise_mse')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.pairwise_mse(predictions=[0.0, 1.0], targets=[1.0, 0.0]), 6)
    2.0

    References
    ----------
    - Jagerman et al., Rax: composable learning-to-rank using JAX (2022),
      doi:10.1145/3534678.3539065
    """

@overload
def pairwise_quantile(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def pairwise_quantile(
    predictions: _Data, targets: _Data, *, tau: float = 0.5, squared: bool = False,
    pairs: Literal['mean', 'sum', 'pooled'] = 'mean',
    pair_weights: Literal['equal', 'relevance', 'squared_relevance'] = 'equal',
    group: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', batch_size: int | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Pairwise quantile regression: pinball loss of score gaps against relevance
    gaps

        mean over pairs with y_i > y_j of τ·max(0, −r) + (1 − τ)·max(0, r),  r =
        (s_i − s_j) − (y_i − y_j);  squared: of their squares

    Parameters
    ----------
    predictions : array (item)
        Scores of the items; higher ranks nearer the top of the list.
    targets : array (item)
        Relevance of the items: grades, clicks, any numbers.
    tau : (0, 1], default 0.5
        Weight of gaps that are too small; those that are too large have 1 −
        tau.
    squared : true | false, default False
        Squares the residuals of the gaps.
    pairs : mean | sum | pooled, default 'mean'
        Whether the loss of a list is the mean or the sum over its pairs; pooled
        is one mean over the pairs of all lists, as in Rax and allRank.
    pair_weights : equal | relevance | squared_relevance, default 'equal'
        Weights of pairs: 1, the difference y_i − y_j of their relevance, or
        |y_i² − y_j²|.
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, ignore_index, nan, precision, batch_size, axes, interval,
    confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - each list is one item: the mean is over lists, the loss of one being the
      mean over its pairs
    - items of equal relevance make no pair
    - lists without a pair, of one item or of one relevance, have weight 0: they
      are no part of the mean
    - weight w of one item stands for w items: each pair counts w_i·w_j times
    - pairs=pooled: long lists count more, as they have more pairs
    - pair_weights multiply the loss of a pair, and means still divide by the
      number of pairs
    - equal relevance makes no pair, where pairwise_mse counts all
    - declared in lossctl/losses/ranking/pairwise_quantile.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('pairwise_quantile')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.pairwise_quantile(predictions=[0.0, 0.0, -3.0], targets=[2.0, 1.0, 0.0], tau=0.75), 6)
    0.5
    >>> round(lossctl.losses.pairwise_quantile(predictions=[3.0, 0.0], targets=[1.0, 0.0], squared=True), 6)
    2.0

    References
    ----------
    - Jagerman et al., Rax: composable learning-to-rank using JAX (2022),
      doi:10.1145/3534678.3539065
    """

@overload
def poly1_softmax(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def poly1_softmax(
    predictions: _Data, targets: _Data, *, epsilon: float = 1.0,
    distribution: Literal['softmax', 'share', 'relevance'] = 'softmax', group: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', ignore_index: int | None = -100,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', batch_size: int | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Poly-1 softmax: ListNet + ε·(1 − p_t), p_t the softmax share of relevant
    items

        −Σ P(i)·log softmax(s)_i + ε·(1 − Σ P(i)·softmax(s)_i),  P = softmax(y),
        y / Σy, or y in the first sum and y / Σy in the second

    Parameters
    ----------
    predictions : array (item)
        Scores of the items; higher ranks nearer the top of the list.
    targets : array (item)
        Relevance of the items: grades, clicks, any numbers.
    epsilon : [0, inf), default 1.0
        Weight ε of the first polynomial term 1 − p_t.
    distribution : softmax | share | relevance, default 'softmax'
        Target distribution: softmax of the relevance, each relevance over their
        sum, or the relevance itself (Rax, optax).
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, ignore_index, nan, precision, batch_size, axes, interval,
    confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - each list is one item: the mean is over lists
    - weight w of one item stands for w items: P = w·e^y / Σ w·e^y, and Σ e^s
      becomes Σ w·e^s
    - with distribution=share a list without any relevance has weight 0: it is
      no part of the mean; with distribution=relevance its loss is ε·(1 − 1/L)
    - distribution=relevance gives the numbers of Rax
    - declared in lossctl/losses/ranking/poly1_softmax.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('poly1_softmax')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.poly1_softmax(predictions=[0.0, 0.0, 0.0, 0.0], targets=[3.0, 1.0, 0.0, 2.0]), 6)
    2.136294
    >>> round(lossctl.losses.poly1_softmax(predictions=[0.0, 0.0], targets=[1.0, 0.0], distribution='relevance', epsilon=2.0), 6)
    1.693147

    References
    ----------
    - Leng et al., PolyLoss (2022), arXiv:2204.12511
    - Jagerman et al., Rax: composable learning-to-rank using JAX (2022),
      doi:10.1145/3534678.3539065
    """

@overload
def unique_softmax(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def unique_softmax(
    predictions: _Data, targets: _Data, *,
    gain: Literal['exponential', 'linear', 'none'] = 'exponential', group: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', ignore_index: int | None = -100,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', batch_size: int | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Unique softmax: −gain·log softmax of each item among it and less relevant
    items

        Σ_i G_i·log(1 + Σ_{j: y_j < y_i} e^(s_j − s_i)),  G = 2^y − 1

    Parameters
    ----------
    predictions : array (item)
        Scores of the items; higher ranks nearer the top of the list.
    targets : array (item)
        Relevance of the items: 0, 1, 2, ….
    gain : exponential | linear | none, default 'exponential'
        Factor of the loss of each item of relevance y: 2^y − 1, y, or 1 (none).
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, ignore_index, nan, precision, batch_size, axes, interval,
    confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - each list is one item: the mean is over lists, the loss of one the sum
      over its items
    - weight w of one item stands for w items of its relevance and score
    - lists of one item, or of one relevance, have no order and weight 0: they
      are no part of the mean
    - declared in lossctl/losses/ranking/unique_softmax.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('unique_softmax')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.unique_softmax(predictions=[0.0, 0.0, 0.0], targets=[2.0, 1.0, 0.0]), 6)
    3.988984
    >>> round(lossctl.losses.unique_softmax(predictions=[0.0, 0.0, 0.0, 0.0], targets=[1.0, 1.0, 0.0, 0.0]), 6)
    2.197225

    References
    ----------
    - Zhu & Klabjan, Listwise learning to rank by exploring unique ratings
      (2020), arXiv:2001.01828
    - Jagerman et al., Rax: composable learning-to-rank using JAX (2022),
      doi:10.1145/3534678.3539065
    """

@overload
def listnet_top_k(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def listnet_top_k(
    predictions: _Data, targets: _Data, *, k: int = 2,
    distribution: Literal['softmax', 'share'] = 'softmax', group: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', ignore_index: int | None = -100,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', batch_size: int | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """ListNet (top k): cross-entropy of the probabilities of the first k items in
    order

        −Σ over (i_1, …, i_k) of P_y(i_1, …, i_k)·log P_s(i_1, …, i_k),  P_s =
        Π_t e^(s_(i_t)) / Σ of e^s over all but i_1, …, i_(t−1)

    Parameters
    ----------
    predictions : array (item)
        Scores of the items; higher ranks nearer the top of the list.
    targets : array (item)
        Relevance of the items: grades, clicks, any numbers.
    k : 1, 2, 3, default 2
        Places whose items are compared, in their order.
    distribution : softmax | share, default 'softmax'
        Target distribution: of e^relevance, or of the relevance itself, over
        their sums.
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, ignore_index, nan, precision, batch_size, axes, interval,
    confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - each list is one item: the mean is over lists
    - k=1 is listnet; the cost is L^k, so k is at most 3
    - weights of items are 0 or 1: two thirds of one item cannot be taken from a
      list
    - with distribution=share places after the last relevant item do not count,
      and a list without any relevance has weight 0: it is no part of the mean
    - declared in lossctl/losses/ranking/listnet_top_k.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('listnet_top_k')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.listnet_top_k(predictions=[0.0, 0.0, 0.0], targets=[1.0, 3.0, 2.0]), 6)
    1.791759
    >>> round(lossctl.losses.listnet_top_k(predictions=[0.0, 0.0, 0.6931471805599453], targets=[1.0, 0.0, 0.0], distribution='share', k=3), 6)
    1.386294

    References
    ----------
    - Cao et al., Learning to rank: from pairwise approach to listwise approach
      (2007), doi:10.1145/1273496.1273513
    """

@overload
def lambda_loss(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def lambda_loss(
    predictions: _Data, targets: _Data, *, sigma: float = 1.0,
    scheme: Literal['ndcg_loss2++', 'ndcg_loss2'] = 'ndcg_loss2++', mu: float = 10.0,
    k: int | None = None, gain: Literal['exponential', 'linear'] = 'exponential',
    log: Literal['binary', 'natural'] = 'binary', group: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', ignore_index: int | None = -100,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', batch_size: int | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """LambdaLoss: pairwise logistic loss weighted by bounds of NDCG (NDCG-Loss2++)

        Σ over pairs with y_i > y_j of (μ·δ_ij + ρ_ij)·|G_i − G_j|/maxDCG·log2(1
        + e^(−σ(s_i − s_j))),  δ_ij = 1/D(|r_i − r_j|) − 1/D(|r_i − r_j| + 1),
        ρ_ij = |1/D(r_i) − 1/D(r_j)|,  D(r) = log2(1 + r);  ndcg_loss2: δ_ij
        alone

    Parameters
    ----------
    predictions : array (item)
        Scores of the items; higher ranks nearer the top of the list.
    targets : array (item)
        Relevance of the items: 0, 1, 2, ….
    sigma : (0, inf), default 1.0
        Scale of the score differences inside the sigmoid.
    scheme : ndcg_loss2++ | ndcg_loss2, default 'ndcg_loss2++'
        Weights of pairs: those of NDCG-Loss2 times mu plus those of LambdaRank,
        or the former alone.
    mu : [0, inf), default 10.0
        Weight of NDCG-Loss2 in NDCG-Loss2++.
    k : 1, 2, 3, … or null, default None
        Truncation of NDCG: the number of top places that count; null for all.
    gain : exponential | linear, default 'exponential'
        Gain of relevance y: 2^y − 1, or y.
    log : binary | natural, default 'binary'
        Base of the logarithm: 2 or e.
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, ignore_index, nan, precision, batch_size, axes, interval,
    confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - each list is one item: the mean is over lists, the loss of one being the
      sum over its pairs
    - the paper's and allRank's logarithm is to base 2, that of Rax and
      TF-Ranking natural
    - Rax and TF-Ranking also multiply by the length of the list
    - ranks r follow from the scores; the weights are taken as constant in the
      gradient
    - with k, δ of a pair whose lower item is beyond place k is divided by 1 −
      1/D of its place (Jagerman et al.)
    - items of equal score take their places in the order in which they are
      given
    - weights of items are 0 or 1: ranks allow no fractional counts
    - lists without a pair, of one item or of one relevance, have weight 0: they
      are no part of the mean
    - declared in lossctl/losses/ranking/lambda_loss.py
    - when to use it, what to expect, its curve: ``lossctl.show('lambda_loss')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.lambda_loss(predictions=[0.0, 0.0], targets=[0.0, 1.0]), 6)
    4.059773
    >>> round(lossctl.losses.lambda_loss(predictions=[0.0, 0.0, 0.0], targets=[1.0, 0.0, 0.0], scheme='ndcg_loss2', gain='linear', k=1), 6)
    1.26186

    References
    ----------
    - Wang et al., The LambdaLoss framework for ranking metric optimization
      (2018), doi:10.1145/3269206.3271784
    - Jagerman et al., On optimizing top-K metrics for neural ranking models
      (2022), doi:10.1145/3477495.3531849
    """

@overload
def approx_mrr(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def approx_mrr(
    predictions: _Data, targets: _Data, *, temperature: float = 0.1, group: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', ignore_index: int | None = -100,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', batch_size: int | None = None,
    axes: Mapping[str, str] | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """ApproxMRR: 1 − MRR with smooth ranks 1 + Σ sigmoid((s_j − s_i)/T)

        1 − Σ_i y_i/r_i / Σ_i y_i,  r_i = 1 + Σ_{j≠i} 1/(1 + e^((s_i − s_j)/T))

    Parameters
    ----------
    predictions : array (item)
        Scores of the items; higher ranks nearer the top of the list.
    targets : array (item)
        Relevance of the items: 0, 1, 2, ….
    temperature : (0, inf), default 0.1
        Divides differences of scores; smaller is nearer to reciprocal ranks.
    group : array, optional
        One number per item: items with equal numbers form a group.
    reduction, ignore_index, nan, precision, batch_size, axes, interval,
    confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - each list is one item: the mean is over lists; those without relevance
      have weight 0
    - TF-Ranking gives minus the smooth MRR: this value minus 1
    - weights of items are 0 or 1
    - declared in lossctl/losses/ranking/approx_mrr.py
    - when to use it, what to expect, its curve: ``lossctl.show('approx_mrr')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.approx_mrr(predictions=[0.0, 0.0, 0.0], targets=[0.0, 1.0, 0.0]), 6)
    0.5
    >>> round(lossctl.losses.approx_mrr(predictions=[9.0, 1.0, -5.0], targets=[2.0, 2.0, 0.0], temperature=0.001), 6)
    0.25

    References
    ----------
    - Qin, Liu & Li, A general approximation framework for direct optimization
      of information retrieval measures (2010), doi:10.1007/s10791-009-9124-x
    """

@overload
def ctc(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def ctc(
    predictions: _Data, targets: _Data, input_lengths: _Data | None = None,
    target_lengths: _Data | None = None, *, blank: int = 0, zero_infinity: bool = False,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """CTC loss: −log p(target | frames), with p summed over all alignments

        −log Σ over the paths that spell the target of Π_t p_t(path_t); a path
        spells what is left once repeats are merged and blanks dropped. The mean
        divides each item by the length of its target first, the sum and the
        items do not

    Parameters
    ----------
    predictions : array (time, item, class) or (item, time, class)
        Logits or log-probabilities of every frame.
    targets : array (item, symbol) or packed by target_lengths
        Classes in their order, padded at the end or laid end to end; never the
        blank.
    input_lengths : array (item), optional
        Number of frames that count.
    target_lengths : array (item), optional
        Number of symbols that count.
    blank : 0, 1, 2, …, default 0
        Index of the blank class, which stands for no symbol.
    zero_infinity : true | false, default False
        Whether a target without a valid alignment has loss 0 instead of
        infinity.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, input, nan, precision, axes, interval, confidence,
    context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - the gradient of log-probabilities is minus the expected number of times a
      class is emitted in a frame; that of logits passes through the softmax
    - targets without target_lengths end before the first negative entry
    - frames and symbols beyond their lengths do not count, but must not be NaN
    - declared in lossctl/losses/sequence/ctc.py
    - when to use it, what to expect, its curve: ``lossctl.show('ctc')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.ctc(predictions=[[[-0.6931471805599453, -0.6931471805599453], [-0.6931471805599453, -0.6931471805599453]]], targets=[[1]]), 6)
    0.287682

    References
    ----------
    - Graves, Fernández, Gomez and Schmidhuber, Connectionist temporal
      classification (2006), doi:10.1145/1143844.1143891
    """

@overload
def perplexity(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def perplexity(
    *inputs: _Data, predictions: _Data | None = None, targets: _Data | None = None,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', pooling: Literal['batch', 'sample'] = 'batch',
    class_names: Sequence[str] | None = None, positive: Any | None = None,
    batch_size: int | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Perplexity of a language model: exp(mean of −log p(token))

        exp(Σ −log p(token) / number of tokens)

    Parameters
    ----------
    predictions : array
        Logits or probabilities of the vocabulary: (N, T, V), or (T, V).
    targets : array
        The id of each token: (N, T), or (T,).
        Or, in place of these: predictions (item).
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, input, clip_predictions, task, class_axis, ignore_index, shift,
    nan, precision, pooling, class_names, positive, batch_size, interval,
    confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - by token by default, all tokens of all sequences together; pooling sample
      averages the perplexities of sequences (entries of the first axis, or
      equal numbers of group), batch_size N those of batches of N sequences
    - e to the mean of the losses of batches, as training loops log it, is none
      of these
    - shift compares the scores at each position with the next token, as causal
      models do
    - padding is left out by its id as ignore_index, by weight 0 (an attention
      mask), or as NaN
    - the sum is that of the perplexities of sequences or batches
    - declared in lossctl/losses/sequence/perplexity.py
    - when to use it, what to expect, its curve: ``lossctl.show('perplexity')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.perplexity(predictions=[-0.6931471805599453, -2.0794415416798357]), 6)
    4.0
    >>> round(lossctl.losses.perplexity(predictions=[[3.0, 3.0], [-1.0, -1.0]], targets=[0, 1]), 6)
    2.0

    References
    ----------
    - Jelinek et al., Perplexity: a measure of the difficulty of speech
      recognition tasks (1977), doi:10.1121/1.2016299
    - Jurafsky & Martin, Speech and Language Processing, §3.3,
      https://web.stanford.edu/~jurafsky/slp3/
    """

@overload
def bits_per_byte(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def bits_per_byte(
    *inputs: _Data, predictions: _Data | None = None, targets: _Data | None = None,
    bytes: _Data | None = None, total_bytes: float | None = None, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean',
    input: Literal['auto', 'logits', 'probabilities', 'log_probabilities', 'labels'] = 'auto',
    clip_predictions: bool = False,
    task: Literal['auto', 'binary', 'multilabel', 'multiclass'] = 'auto',
    class_axis: int | None = None, ignore_index: int | None = -100, shift: bool = False,
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', pooling: Literal['batch', 'sample'] = 'batch',
    class_names: Sequence[str] | None = None, positive: Any | None = None,
    batch_size: int | None = None, interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Bits per byte (BPB) of a language model: Σ −log₂ p(token) / Σ bytes of text

        Σ −log₂ p(token) / Σ bytes(token)

    Parameters
    ----------
    predictions : array
        Logits or probabilities of the vocabulary: (N, T, V), or (T, V).
    targets : array
        The id of each token: (N, T), or (T,).
    bytes : array, optional
        Bytes of text of each token.
        Or, in place of these: predictions (item), bytes (item).
    total_bytes : (0, inf) or null, default None
        Bytes of the whole text, in place of those of each token.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, input, clip_predictions, task, class_axis, ignore_index, shift,
    nan, precision, pooling, class_names, positive, batch_size, interval,
    confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - bytes are those of UTF-8, counted before tokens are cut; ignored tokens do
      not count
    - means by sequence and by batch, shift and padding are as for perplexity
    - with total_bytes weights apply to the tokens, not to the bytes
    - declared in lossctl/losses/sequence/bits_per_byte.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('bits_per_byte')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.bits_per_byte(predictions=[-0.6931471805599453, -2.0794415416798357], bytes=[3, 5]), 6)
    0.5
    >>> round(lossctl.losses.bits_per_byte(predictions=[[3.0, 3.0], [-1.0, -1.0]], targets=[0, 1], total_bytes=8), 6)
    0.25

    References
    ----------
    - Gao et al., The Pile: an 800GB dataset of diverse text for language
      modeling (2020), arXiv:2101.00027
    """

@overload
def bradley_terry(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def bradley_terry(
    chosen: _Data, rejected: _Data, margin: _Data | None = None, *, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """−log σ(r_chosen − r_rejected): Bradley–Terry loss of reward models

        log(1 + e^(−(r_c − r_r − m)))

    Parameters
    ----------
    chosen : array (item)
        Rewards of the preferred answers.
    rejected : array (item)
        Rewards of the other answers.
    margin : array (item), optional
        Margin by which the preferred answer should be ahead; 0 when not given.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - the mean is taken over pairs; InstructGPT takes it over the pairs of a
      prompt first
    - only differences count: a constant added to all rewards changes nothing
    - declared in lossctl/losses/preference/bradley_terry.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('bradley_terry')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.bradley_terry(chosen=[1.0986122886681098, 0.0], rejected=[0.0, 0.0]), 6)
    0.490415
    >>> round(lossctl.losses.bradley_terry(chosen=[3.0], rejected=[2.0], margin=[1.0]), 6)
    0.693147

    References
    ----------
    - Bradley & Terry, Rank analysis of incomplete block designs (1952),
      doi:10.1093/biomet/39.3-4.324
    - Ouyang et al., Training language models to follow instructions (2022),
      arXiv:2203.02155
    - Touvron et al., Llama 2: the margin (2023), arXiv:2307.09288
    """

@overload
def ppo_clip(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def ppo_clip(
    log_probability: _Data, old_log_probability: _Data, advantage: _Data, *, clip: float = 0.2,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """−min(r·A, clip(r, 1 ± c)·A): PPO's clipped surrogate, r the policy ratio

        −min(r·A, clip(r, 1 − c, 1 + c)·A),  r = e^(log π − log π_old)

    Parameters
    ----------
    log_probability : array (item)
        Log-probabilities of the actions (tokens) under the policy.
    old_log_probability : array (item)
        Log-probabilities of the same actions when they were drawn.
    advantage : array (item)
        Advantage of each action.
    clip : (0, inf), default 0.2
        Clip range: how far the ratio may be from 1.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - a loss to be minimised: the paper writes the objective to be maximised
    - value loss and entropy bonus are not part of it: add them in a run
    - bad actions that became likelier are not clipped: their loss −r·A is
      unbounded
    - an advantage of 0 gives loss 0, whatever the ratio
    - declared in lossctl/losses/preference/ppo_clip.py
    - when to use it, what to expect, its curve: ``lossctl.show('ppo_clip')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.ppo_clip(log_probability=[0.0, 0.6931471805599453, 0.6931471805599453], old_log_probability=[0.0, 0.0, 0.0], advantage=[1.0, 1.0, -1.0]), 6)
    -0.066667
    >>> round(lossctl.losses.ppo_clip(log_probability=[-0.6931471805599453, -0.6931471805599453], old_log_probability=[0.0, 0.0], advantage=[-1.0, 2.0]), 6)
    -0.1

    References
    ----------
    - Schulman et al., Proximal policy optimization algorithms (2017),
      arXiv:1707.06347
    """

@overload
def dpo(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def dpo(
    *inputs: _Data, policy_chosen: _Data | None = None, policy_rejected: _Data | None = None,
    reference_chosen: _Data | None = None, reference_rejected: _Data | None = None,
    beta: float = 0.1, label_smoothing: float = 0.0, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """−log σ(β·(log-ratio chosen − log-ratio rejected)): direct preference
    optimisation

        log(1 + e^(−h)),  h = β[(log π_c − log ref_c) − (log π_r − log ref_r)];
        with smoothing (1 − ε)·log(1 + e^(−h)) + ε·log(1 + e^h)

    Parameters
    ----------
    policy_chosen : array (item)
        Log-probabilities of the chosen answers under the policy, summed over
        tokens.
    policy_rejected : array (item)
        Log-probabilities of the rejected answers under the policy.
    reference_chosen : array (item)
        Log-probabilities of the chosen answers under the reference.
    reference_rejected : array (item)
        Log-probabilities of the rejected answers under the reference.
        Or, in place of these: policy_chosen (item), policy_rejected (item).
    beta : (0, inf), default 0.1
        KL strength; larger stays closer to the reference model.
    label_smoothing : [0, 0.5), default 0.0
        Label smoothing: share of preferences that are wrong.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - log-probabilities are of whole answers: sums over their tokens
    - without reference_chosen and reference_rejected it is the reference-free
      loss: both answers are equally likely under the reference
    - declared in lossctl/losses/preference/dpo.py
    - when to use it, what to expect, its curve: ``lossctl.show('dpo')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.dpo(policy_chosen=[-10.0], policy_rejected=[-12.0], reference_chosen=[-11.0], reference_rejected=[-11.0], beta=0.5), 6)
    0.313262
    >>> round(lossctl.losses.dpo(policy_chosen=[-10.0], policy_rejected=[-12.0], reference_chosen=[-11.0], reference_rejected=[-11.0], beta=0.5, label_smoothing=0.25), 6)
    0.563262

    References
    ----------
    - Rafailov et al., Direct preference optimization (2023), arXiv:2305.18290
    - Mitchell, A note on DPO with noisy preferences: label smoothing (2023),
      https://ericmitchell.ai/cdpo.pdf
    """

@overload
def ipo(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def ipo(
    *inputs: _Data, policy_chosen: _Data | None = None, policy_rejected: _Data | None = None,
    reference_chosen: _Data | None = None, reference_rejected: _Data | None = None,
    beta: float = 0.1, weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """IPO: (log-ratio chosen − log-ratio rejected − 1/(2β))², identity preference
    optimisation

        (m − 1/(2β))²,  m = (log π_c − log ref_c) − (log π_r − log ref_r)

    Parameters
    ----------
    policy_chosen : array (item)
        Log-probabilities of the chosen answers under the policy, summed over
        tokens.
    policy_rejected : array (item)
        Log-probabilities of the rejected answers under the policy.
    reference_chosen : array (item)
        Log-probabilities of the chosen answers under the reference.
    reference_rejected : array (item)
        Log-probabilities of the rejected answers under the reference.
        Or, in place of these: policy_chosen (item), policy_rejected (item).
    beta : (0, inf), default 0.1
        KL strength; larger stays closer to the reference model.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - beta is τ of the paper
    - TRL takes means over tokens for this loss: give those, so that lengths do
      not count
    - log-probabilities are of whole answers: sums over their tokens
    - without reference_chosen and reference_rejected it is the reference-free
      loss: both answers are equally likely under the reference
    - declared in lossctl/losses/preference/ipo.py
    - when to use it, what to expect, its curve: ``lossctl.show('ipo')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.ipo(policy_chosen=[-10.0], policy_rejected=[-12.0], reference_chosen=[-11.0], reference_rejected=[-11.0], beta=0.5), 6)
    1.0
    >>> round(lossctl.losses.ipo(policy_chosen=[-10.0], policy_rejected=[-12.0], reference_chosen=[-11.0], reference_rejected=[-11.0], beta=0.125), 6)
    4.0

    References
    ----------
    - Azar et al., A general theoretical paradigm to understand learning from
      human preferences (2023), arXiv:2310.12036
    """

@overload
def slic(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def slic(
    *inputs: _Data, policy_chosen: _Data | None = None, policy_rejected: _Data | None = None,
    reference_chosen: _Data | None = None, reference_rejected: _Data | None = None,
    beta: float = 0.1, delta: float = 1.0, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """SLiC: max(0, δ − β·(log-ratio chosen − log-ratio rejected)), hinge loss of
    preferences

        max(0, δ − β·m),  m = (log π_c − log ref_c) − (log π_r − log ref_r)

    Parameters
    ----------
    policy_chosen : array (item)
        Log-probabilities of the chosen answers under the policy, summed over
        tokens.
    policy_rejected : array (item)
        Log-probabilities of the rejected answers under the policy.
    reference_chosen : array (item)
        Log-probabilities of the chosen answers under the reference.
    reference_rejected : array (item)
        Log-probabilities of the rejected answers under the reference.
        Or, in place of these: policy_chosen (item), policy_rejected (item).
    beta : (0, inf), default 0.1
        KL strength; larger stays closer to the reference model.
    delta : [0, inf), default 1.0
        Margin δ that the scaled log-ratios keep.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - the paper has beta 1 and no reference, and adds the likelihood of a target
      answer
    - log-probabilities are of whole answers: sums over their tokens
    - without reference_chosen and reference_rejected it is the reference-free
      loss: both answers are equally likely under the reference
    - declared in lossctl/losses/preference/slic.py
    - when to use it, what to expect, its curve: ``lossctl.show('slic')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.slic(policy_chosen=[-10.0], policy_rejected=[-12.0], reference_chosen=[-11.0], reference_rejected=[-11.0], beta=0.25), 6)
    0.5
    >>> round(lossctl.losses.slic(policy_chosen=[-10.0], policy_rejected=[-12.0], reference_chosen=[-11.0], reference_rejected=[-11.0], beta=2.0), 6)
    0.0

    References
    ----------
    - Zhao et al., SLiC-HF: sequence likelihood calibration with human feedback
      (2023), arXiv:2305.10425
    - Liu et al., Statistical rejection sampling improves preference
      optimization (2023): of log-ratios, arXiv:2309.06657
    """

@overload
def robust_dpo(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def robust_dpo(
    *inputs: _Data, policy_chosen: _Data | None = None, policy_rejected: _Data | None = None,
    reference_chosen: _Data | None = None, reference_rejected: _Data | None = None,
    beta: float = 0.1, label_smoothing: float = 0.1, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """Robust DPO: [(1 − ε)·(−log σ(h)) + ε·log σ(−h)] / (1 − 2ε), unbiased for
    wrong labels

        [(1 − ε)·log(1 + e^(−h)) − ε·log(1 + e^h)] / (1 − 2ε),  h = β[(log π_c −
        log ref_c) − (log π_r − log ref_r)]

    Parameters
    ----------
    policy_chosen : array (item)
        Log-probabilities of the chosen answers under the policy, summed over
        tokens.
    policy_rejected : array (item)
        Log-probabilities of the rejected answers under the policy.
    reference_chosen : array (item)
        Log-probabilities of the chosen answers under the reference.
    reference_rejected : array (item)
        Log-probabilities of the rejected answers under the reference.
        Or, in place of these: policy_chosen (item), policy_rejected (item).
    beta : (0, inf), default 0.1
        KL strength; larger stays closer to the reference model.
    label_smoothing : [0, 0.5), default 0.1
        Share ε of preferences that are wrong.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - with label_smoothing 0 it is dpo, whose own label_smoothing is a
      conservative correction, not an unbiased one
    - log-probabilities are of whole answers: sums over their tokens
    - without reference_chosen and reference_rejected it is the reference-free
      loss: both answers are equally likely under the reference
    - declared in lossctl/losses/preference/robust_dpo.py
    - when to use it, what to expect, its curve: ``lossctl.show('robust_dpo')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.robust_dpo(policy_chosen=[-10.0], policy_rejected=[-12.0], reference_chosen=[-11.0], reference_rejected=[-11.0], beta=0.5, label_smoothing=0.25), 6)
    -0.186738

    References
    ----------
    - Chowdhury, Kini & Natarajan, Provably robust DPO: aligning language models
      with noisy feedback (2024), arXiv:2403.00409
    """

@overload
def kto(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def kto(
    policy: _Data, reference: _Data, targets: _Data, kl: _Data | None = None, *, beta: float = 0.1,
    desirable_weight: float = 1.0, undesirable_weight: float = 1.0, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    ignore_index: int | None = -100, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', class_names: Sequence[str] | None = None,
    positive: Any | None = None, axes: Mapping[str, str] | None = None, interval: bool = False,
    confidence: float = 0.95, context: bool = False, threads: int | None = None,
) -> float:
    """KTO: w·(1 − σ(±β·(log-ratio − KL))), of answers marked good or bad, without
    pairs

        w_d·σ(−g) of desirable, w_u·σ(g) of undesirable answers,  g = β(log π −
        log ref − KL)

    Parameters
    ----------
    policy : array (item)
        Log-probabilities of the answers under the policy, summed over tokens.
    reference : array (item)
        Log-probabilities of the answers under the reference.
    targets : array (item)
        1 for desirable answers, 0 for undesirable ones.
    kl : array (item), optional
        Reference point: an estimate of KL(policy ‖ reference), as a constant; 0
        when not given.
    beta : (0, inf), default 0.1
        KL strength; larger stays closer to the reference model.
    desirable_weight : [0, inf), default 1.0
        Weight of desirable answers.
    undesirable_weight : [0, inf), default 1.0
        Weight of undesirable answers.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, ignore_index, nan, precision, class_names, positive,
    axes, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - kl is one number for a batch, repeated for each answer; TRL estimates it
      from mismatched pairs of prompts and answers; it has no gradient
    - log-probabilities are of whole answers: sums over their tokens
    - the paper balances the weights so that w_d·n_d / (w_u·n_u) is between 1
      and 4/3
    - declared in lossctl/losses/preference/kto.py
    - when to use it, what to expect, its curve: ``lossctl.show('kto')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.kto(policy=[-1.9013877113318902, -2.6931471805599454], reference=[-3.0, -2.0], targets=[1.0, 0.0], beta=1.0), 6)
    0.291667
    >>> round(lossctl.losses.kto(policy=[-2.5], reference=[-3.0], targets=[1.0], kl=[0.5], desirable_weight=2.0), 6)
    1.0

    References
    ----------
    - Ethayarajh et al., KTO: model alignment as prospect theoretic optimization
      (2024), arXiv:2402.01306
    """

@overload
def orpo(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def orpo(
    policy_chosen: _Data, policy_rejected: _Data, *, beta: float = 0.1, nll_weight: float = 1.0,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """ORPO: −log p chosen − β·log σ(log odds chosen − log odds rejected), needs no
    reference

        −w·log p_c + β·log(1 + e^(−r)),  r = log[p_c/(1 − p_c)] − log[p_r/(1 −
        p_r)]

    Parameters
    ----------
    policy_chosen : array (item)
        Mean log-probability per token of the chosen answers.
    policy_rejected : array (item)
        Mean log-probability per token of the rejected answers.
    beta : [0, inf), default 0.1
        Weight of the odds ratio term (λ of the paper).
    nll_weight : [0, inf), default 1.0
        Weight of −log p of the chosen answer, which is added.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - log-probabilities are means over the tokens of an answer, so length does
      not count
    - TRL's −log p is a mean over the tokens of a batch, here over those of each
      answer first; nll_weight 0 gives the odds ratio term alone
    - declared in lossctl/losses/preference/orpo.py
    - when to use it, what to expect, its curve: ``lossctl.show('orpo')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.orpo(policy_chosen=[-0.6931471805599453], policy_rejected=[-1.0986122886681098], beta=1.0), 6)
    1.098612

    References
    ----------
    - Hong, Lee & Thorne, ORPO: monolithic preference optimization without
      reference model (2024), arXiv:2403.07691
    """

@overload
def simpo(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def simpo(
    policy_chosen: _Data, policy_rejected: _Data, *, beta: float = 2.0, gamma: float = 0.5,
    label_smoothing: float = 0.0, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """SimPO: −log σ(β·(mean log p chosen − mean log p rejected) − γ), needs no
    reference

        log(1 + e^(−h)),  h = β(log π_c/|c| − log π_r/|r|) − γ

    Parameters
    ----------
    policy_chosen : array (item)
        Mean log-probability per token of the chosen answers.
    policy_rejected : array (item)
        Mean log-probability per token of the rejected answers.
    beta : (0, inf), default 2.0
        Scale of the difference of the means.
    gamma : [0, inf), default 0.5
        Target margin γ of the scaled difference.
    label_smoothing : [0, 0.5), default 0.0
        Label smoothing: share of preferences that are wrong.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - log-probabilities are means over the tokens of an answer, so length does
      not count
    - the paper gives gamma as γ/β: gamma 0.5 is a ratio of ¼ at beta 2
    - declared in lossctl/losses/preference/simpo.py
    - when to use it, what to expect, its curve: ``lossctl.show('simpo')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.simpo(policy_chosen=[-1.0], policy_rejected=[-2.0], gamma=1.0), 6)
    0.313262

    References
    ----------
    - Meng, Xia & Chen, SimPO: simple preference optimization with a
      reference-free reward (2024), arXiv:2405.14734
    """

@overload
def cpo(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def cpo(
    policy_chosen: _Data, policy_rejected: _Data, chosen_length: _Data | None = None, *,
    beta: float = 0.1, nll_weight: float = 1.0, label_smoothing: float = 0.0,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """CPO: −log σ(β·(log p chosen − log p rejected)) − w·log p chosen, needs no
    reference

        log(1 + e^(−β(log π_c − log π_r))) − w·log π_c / |c|

    Parameters
    ----------
    policy_chosen : array (item)
        Log-probabilities of the chosen answers under the policy, summed over
        tokens.
    policy_rejected : array (item)
        Log-probabilities of the rejected answers under the policy.
    chosen_length : array (item), optional
        Tokens of the chosen answers: their −log p is then a mean over tokens; 1
        when not given.
    beta : (0, inf), default 0.1
        Scale of the difference of the log-probabilities.
    nll_weight : [0, inf), default 1.0
        Weight of −log p of the chosen answer, which is added.
    label_smoothing : [0, 0.5), default 0.0
        Label smoothing: share of preferences that are wrong.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - log-probabilities are of whole answers: sums over their tokens
    - TRL divides −log p by the tokens of the whole batch, chosen_length by
      those of an answer: they agree where all are of one length
    - with nll_weight 0 it is dpo without a reference; simpo has means in place
      of sums
    - declared in lossctl/losses/preference/cpo.py
    - when to use it, what to expect, its curve: ``lossctl.show('cpo')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.cpo(policy_chosen=[-10.0], policy_rejected=[-12.0], beta=0.5), 6)
    10.313262
    >>> round(lossctl.losses.cpo(policy_chosen=[-10.0], policy_rejected=[-12.0], chosen_length=[5.0], beta=0.5, nll_weight=0.5), 6)
    1.313262

    References
    ----------
    - Xu et al., Contrastive preference optimization: pushing the boundaries of
      LLM performance in machine translation (2024), arXiv:2401.08417
    """

@overload
def sppo(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def sppo(
    *inputs: _Data, policy_chosen: _Data | None = None, policy_rejected: _Data | None = None,
    reference_chosen: _Data | None = None, reference_rejected: _Data | None = None,
    beta: float = 0.1, weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """SPPO (hard labels): (log-ratio chosen − 1/(2β))² + (log-ratio rejected +
    1/(2β))²

        (a − 1/(2β))² + (b + 1/(2β))²,  a = log π_c/ref_c, b = log π_r/ref_r

    Parameters
    ----------
    policy_chosen : array (item)
        Log-probabilities of the chosen answers under the policy, summed over
        tokens.
    policy_rejected : array (item)
        Log-probabilities of the rejected answers under the policy.
    reference_chosen : array (item)
        Log-probabilities of the chosen answers under the reference.
    reference_rejected : array (item)
        Log-probabilities of the rejected answers under the reference.
        Or, in place of these: policy_chosen (item), policy_rejected (item).
    beta : (0, inf), default 0.1
        KL strength; larger stays closer to the reference model.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - beta is 1/η of the paper
    - log-probabilities are of whole answers: sums over their tokens
    - without reference_chosen and reference_rejected it is the reference-free
      loss: both answers are equally likely under the reference
    - declared in lossctl/losses/preference/sppo.py
    - when to use it, what to expect, its curve: ``lossctl.show('sppo')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.sppo(policy_chosen=[-10.0], policy_rejected=[-12.0], reference_chosen=[-11.0], reference_rejected=[-11.0], beta=0.25), 6)
    2.0

    References
    ----------
    - Wu et al., Self-play preference optimization for language model alignment
      (2024), arXiv:2405.00675
    """

@overload
def nca(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def nca(
    *inputs: _Data, policy_chosen: _Data | None = None, policy_rejected: _Data | None = None,
    reference_chosen: _Data | None = None, reference_rejected: _Data | None = None,
    beta: float = 0.1, weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """NCA: −log σ(βa) − ½·log σ(−βa) − ½·log σ(−βb) of the log-ratios a and b of a
    pair

        log(1 + e^(−βa)) + ½·log(1 + e^(βa)) + ½·log(1 + e^(βb)),  a = log
        π_c/ref_c, b = log π_r/ref_r

    Parameters
    ----------
    policy_chosen : array (item)
        Log-probabilities of the chosen answers under the policy, summed over
        tokens.
    policy_rejected : array (item)
        Log-probabilities of the rejected answers under the policy.
    reference_chosen : array (item)
        Log-probabilities of the chosen answers under the reference.
    reference_rejected : array (item)
        Log-probabilities of the rejected answers under the reference.
        Or, in place of these: policy_chosen (item), policy_rejected (item).
    beta : (0, inf), default 0.1
        KL strength; larger stays closer to the reference model.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - log-probabilities are of whole answers: sums over their tokens
    - without reference_chosen and reference_rejected it is the reference-free
      loss: both answers are equally likely under the reference
    - declared in lossctl/losses/preference/nca.py
    - when to use it, what to expect, its curve: ``lossctl.show('nca')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.nca(policy_chosen=[-10.0], policy_rejected=[-12.0], reference_chosen=[-11.0], reference_rejected=[-11.0], beta=1.0), 6)
    1.126523

    References
    ----------
    - Chen et al., Noise contrastive alignment of language models with explicit
      rewards (2024), arXiv:2402.05369
    """

@overload
def apo(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def apo(
    *inputs: _Data, policy_chosen: _Data | None = None, policy_rejected: _Data | None = None,
    reference_chosen: _Data | None = None, reference_rejected: _Data | None = None,
    beta: float = 0.1, anchor: Literal['zero', 'down'] = 'zero', weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """APO: σ(−βa) + σ(βb) (zero) or σ(βa) + σ(−β(a − b)) (down), of log-ratios a
    and b

        zero: σ(−βa) + σ(βb);  down: σ(βa) + σ(−β(a − b)),  a = log π_c/ref_c, b
        = log π_r/ref_r

    Parameters
    ----------
    policy_chosen : array (item)
        Log-probabilities of the chosen answers under the policy, summed over
        tokens.
    policy_rejected : array (item)
        Log-probabilities of the rejected answers under the policy.
    reference_chosen : array (item)
        Log-probabilities of the chosen answers under the reference.
    reference_rejected : array (item)
        Log-probabilities of the rejected answers under the reference.
        Or, in place of these: policy_chosen (item), policy_rejected (item).
    beta : (0, inf), default 0.1
        KL strength; larger stays closer to the reference model.
    anchor : zero | down, default 'zero'
        zero makes chosen answers likelier and rejected ones less; down makes
        both less.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - log-probabilities are of whole answers: sums over their tokens
    - without reference_chosen and reference_rejected it is the reference-free
      loss: both answers are equally likely under the reference
    - declared in lossctl/losses/preference/apo.py
    - when to use it, what to expect, its curve: ``lossctl.show('apo')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.apo(policy_chosen=[-10.0], policy_rejected=[-12.0], reference_chosen=[-11.0], reference_rejected=[-11.0], beta=1.0), 6)
    0.537883

    References
    ----------
    - D'Oosterlinck et al., Anchored preference optimization and contrastive
      revisions (2024), arXiv:2408.06266
    """

@overload
def discopop(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def discopop(
    *inputs: _Data, policy_chosen: _Data | None = None, policy_rejected: _Data | None = None,
    reference_chosen: _Data | None = None, reference_rejected: _Data | None = None,
    beta: float = 0.1, temperature: float = 0.05, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """DiscoPOP: (1 − σ(h/τ))·log(1 + e^(−h)) + σ(h/τ)·e^(−h), log-ratio modulated
    loss

        (1 − σ(h/τ))·log(1 + e^(−h)) + σ(h/τ)·e^(−h),  h = β[(log π_c − log
        ref_c) − (log π_r − log ref_r)]

    Parameters
    ----------
    policy_chosen : array (item)
        Log-probabilities of the chosen answers under the policy, summed over
        tokens.
    policy_rejected : array (item)
        Log-probabilities of the rejected answers under the policy.
    reference_chosen : array (item)
        Log-probabilities of the chosen answers under the reference.
    reference_rejected : array (item)
        Log-probabilities of the rejected answers under the reference.
        Or, in place of these: policy_chosen (item), policy_rejected (item).
    beta : (0, inf), default 0.1
        KL strength; larger stays closer to the reference model.
    temperature : (0, 1), default 0.05
        Width of the change from the logistic to the exponential loss.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - log-probabilities are of whole answers: sums over their tokens
    - without reference_chosen and reference_rejected it is the reference-free
      loss: both answers are equally likely under the reference
    - declared in lossctl/losses/preference/discopop.py
    - when to use it, what to expect, its curve: ``lossctl.show('discopop')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.discopop(policy_chosen=[-10.0], policy_rejected=[-12.0], reference_chosen=[-11.0], reference_rejected=[-11.0], beta=0.5, temperature=0.5), 6)
    0.361369

    References
    ----------
    - Lu et al., Discovering preference optimization algorithms with and for
      large language models (2024), arXiv:2406.08414
    """

@overload
def box_iou(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def box_iou(
    predictions: _Data, targets: _Data, *, box_format: Literal['xyxy', 'xywh', 'cxcywh'] = 'xyxy',
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """1 − IoU of two boxes: one minus intersection over union

        1 − |A ∩ B| / |A ∪ B|

    Parameters
    ----------
    predictions : array (item, 4) or (item, 6)
        Predicted boxes, four numbers each, or six in space.
    targets : array (item, 4) or (item, 6)
        True boxes, in the same format.
    box_format : xyxy | xywh | cxcywh, default 'xyxy'
        What the numbers are: two corners (torchvision, Pascal VOC), the upper
        left corner and the size (COCO), or the centre and the size (YOLO);
        likewise for boxes in space.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - invariant to scale and origin: coordinates may be pixels or fractions
    - a box without area is an error that names the row
    - nothing is added to denominators, since areas are positive (torchvision
      adds 1e-7)
    - boxes in space have six numbers, x1 y1 z1 x2 y2 z2 (MONAI) or likewise
      with w h d, and volumes for areas
    - UnitBox takes −log IoU; 1 − IoU is what later detectors use
    - declared in lossctl/losses/detection/box_iou.py
    - when to use it, what to expect, its curve: ``lossctl.show('box_iou')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.box_iou(predictions=[[0.0, 0.0, 2.0, 2.0], [0.0, 0.0, 1.0, 1.0]], targets=[[1.0, 1.0, 3.0, 3.0], [2.0, 0.0, 3.0, 1.0]]), 6)
    0.928571
    >>> round(lossctl.losses.box_iou(predictions=[[1.0, 1.0, 2.0, 2.0]], targets=[[1.0, 1.0, 2.0, 1.0]], box_format='cxcywh'), 6)
    0.5
    >>> round(lossctl.losses.box_iou(predictions=[[0.0, 0.0, 0.0, 2.0, 2.0, 2.0]], targets=[[1.0, 1.0, 1.0, 3.0, 3.0, 3.0]]), 6)
    0.933333

    References
    ----------
    - Yu et al., UnitBox: an advanced object detection network (2016),
      arXiv:1608.01471
    """

@overload
def giou(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def giou(
    predictions: _Data, targets: _Data, *, box_format: Literal['xyxy', 'xywh', 'cxcywh'] = 'xyxy',
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    r"""Generalized IoU (GIoU): 1 − IoU + empty share of the smallest enclosing box

        1 − IoU + |C \ (A ∪ B)| / |C|,  C: the smallest box around both

    Parameters
    ----------
    predictions : array (item, 4) or (item, 6)
        Predicted boxes, four numbers each, or six in space.
    targets : array (item, 4) or (item, 6)
        True boxes, in the same format.
    box_format : xyxy | xywh | cxcywh, default 'xyxy'
        What the numbers are: two corners (torchvision, Pascal VOC), the upper
        left corner and the size (COCO), or the centre and the size (YOLO);
        likewise for boxes in space.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - invariant to scale and origin: coordinates may be pixels or fractions
    - a box without area is an error that names the row
    - nothing is added to denominators, since areas are positive (torchvision
      adds 1e-7)
    - boxes in space have six numbers, x1 y1 z1 x2 y2 z2 (MONAI) or likewise
      with w h d, and volumes for areas
    - declared in lossctl/losses/detection/giou.py
    - when to use it, what to expect, its curve: ``lossctl.show('giou')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.giou(predictions=[[0.0, 0.0, 2.0, 2.0]], targets=[[1.0, 1.0, 3.0, 3.0]]), 6)
    1.079365
    >>> round(lossctl.losses.giou(predictions=[[0.0, 0.0, 1.0, 1.0]], targets=[[3.0, 0.0, 1.0, 1.0]], box_format='xywh'), 6)
    1.5
    >>> round(lossctl.losses.giou(predictions=[[0.0, 0.0, 0.0, 2.0, 2.0, 2.0]], targets=[[1.0, 1.0, 1.0, 3.0, 3.0, 3.0]]), 6)
    1.377778

    References
    ----------
    - Rezatofighi et al., Generalized intersection over union (2019),
      arXiv:1902.09630
    """

@overload
def diou(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def diou(
    predictions: _Data, targets: _Data, *, box_format: Literal['xyxy', 'xywh', 'cxcywh'] = 'xyxy',
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """Distance IoU (DIoU): 1 − IoU + (distance of centres / enclosing diagonal)²

        1 − IoU + ρ²/c²,  ρ: distance of the centres, c: diagonal of the box
        around both

    Parameters
    ----------
    predictions : array (item, 4) or (item, 6)
        Predicted boxes, four numbers each, or six in space.
    targets : array (item, 4) or (item, 6)
        True boxes, in the same format.
    box_format : xyxy | xywh | cxcywh, default 'xyxy'
        What the numbers are: two corners (torchvision, Pascal VOC), the upper
        left corner and the size (COCO), or the centre and the size (YOLO);
        likewise for boxes in space.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - invariant to scale and origin: coordinates may be pixels or fractions
    - a box without area is an error that names the row
    - nothing is added to denominators, since areas are positive (torchvision
      adds 1e-7)
    - boxes in space have six numbers, x1 y1 z1 x2 y2 z2 (MONAI) or likewise
      with w h d, and volumes for areas
    - declared in lossctl/losses/detection/diou.py
    - when to use it, what to expect, its curve: ``lossctl.show('diou')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.diou(predictions=[[0.0, 0.0, 2.0, 2.0]], targets=[[1.0, 1.0, 3.0, 3.0]]), 6)
    0.968254
    >>> round(lossctl.losses.diou(predictions=[[0.0, 0.0, 0.0, 2.0, 2.0, 2.0]], targets=[[1.0, 1.0, 1.0, 3.0, 3.0, 3.0]]), 6)
    1.044444

    References
    ----------
    - Zheng et al., Distance-IoU loss (2020), arXiv:1911.08287
    """

@overload
def ciou(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def ciou(
    predictions: _Data, targets: _Data, *, box_format: Literal['xyxy', 'xywh', 'cxcywh'] = 'xyxy',
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """Complete IoU (CIoU): 1 − IoU + centre distance term + aspect ratio term α·v

        1 − IoU + ρ²/c² + α·v,  v = (2/π)²·(atan(w_t/h_t) − atan(w/h))²,  α = v
        / (1 − IoU + v)

    Parameters
    ----------
    predictions : array (item, 4)
        Predicted boxes, four numbers each.
    targets : array (item, 4)
        True boxes, in the same format.
    box_format : xyxy | xywh | cxcywh, default 'xyxy'
        What the numbers are: two corners (torchvision, Pascal VOC), the upper
        left corner and the size (COCO), or the centre and the size (YOLO);
        likewise for boxes in space.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - invariant to scale and origin: coordinates may be pixels or fractions
    - a box without area is an error that names the row
    - nothing is added to denominators, since areas are positive (torchvision
      adds 1e-7)
    - the gradient is that of the value; the authors (and torchvision) treat α
      as a constant, which gives other numbers
    - boxes in space have no one aspect ratio: use giou or diou for them
    - α has no threshold: the second paper sets it to 0 where IoU < ½
    - declared in lossctl/losses/detection/ciou.py
    - when to use it, what to expect, its curve: ``lossctl.show('ciou')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.ciou(predictions=[[0.0, 0.0, 2.0, 2.0]], targets=[[1.0, 1.0, 3.0, 3.0]]), 6)
    0.968254
    >>> round(lossctl.losses.ciou(predictions=[[0.0, 0.0, 1.0, 1.0]], targets=[[0.0, 0.0, 1.0, 1.7320508075688772]]), 6)
    0.457856

    References
    ----------
    - Zheng et al., Distance-IoU loss (2020), arXiv:1911.08287
    - Zheng et al., Enhancing geometric factors in model learning (2020),
      arXiv:2005.03572
    """

@overload
def kl_standard_normal(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def kl_standard_normal(
    mean: _Data, log_variance: _Data, *, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """KL of N(μ, σ²) from N(0, 1): ½·Σ(μ² + σ² − 1 − log σ²), the VAE regulariser

        −½·Σ (1 + s − μ² − e^s) over the features of a row,  s = log variance

    Parameters
    ----------
    mean : array (item, feature)
        Means of the latents.
    log_variance : array (item, feature)
        Logarithms of the variances of the latents.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - summed over the features of a row and averaged over rows, as in a VAE's
      bound
    - β-VAE multiplies it by β: give the weight in a run
    - declared in lossctl/losses/generative/kl_standard_normal.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('kl_standard_normal')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.kl_standard_normal(mean=[[1.0, 2.0], [0.0, 0.0]], log_variance=[[0.0, 0.0], [0.0, 0.0]]), 6)
    1.25
    >>> round(lossctl.losses.kl_standard_normal(mean=[[0.0]], log_variance=[[1.3862943611198906]]), 6)
    0.806853

    References
    ----------
    - Kingma & Welling, Auto-encoding variational Bayes (2014), arXiv:1312.6114
    """

@overload
def gan_discriminator(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def gan_discriminator(
    *inputs: _Data, real: _Data | None = None, fake: _Data | None = None,
    mode: Literal['bce', 'least_squares', 'hinge', 'wasserstein'] = 'bce',
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """GAN discriminator loss: −log σ(real) − log(1 − σ(fake)); or LSGAN, hinge,
    WGAN

        bce: log(1 + e^(−r)) + log(1 + e^f);  least_squares: ½(r − 1)² + ½f²;
        hinge: max(0, 1 − r) + max(0, 1 + f);  wasserstein: f − r

    Parameters
    ----------
    real : array (item)
        Scores of real samples, no sigmoid.
    fake : array (item)
        Scores of generated samples.
        Or, in place of these: real (item).
        Or, in place of these: fake (item).
    mode : bce | least_squares | hinge | wasserstein, default 'bce'
        GAN objective: the loss applied to the scores.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - one item is one real and one generated score: the mean is mean(real) +
      mean(fake)
    - real and generated scores come in equal numbers; where they do not, give
      one of the two at a time: the loss is the sum of both results
    - least_squares has the paper's ½; some codes leave it out
    - gradient penalties are not included: they need the model
    - declared in lossctl/losses/generative/gan_discriminator.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('gan_discriminator')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.gan_discriminator(real=[0.0, 0.0], fake=[0.0, 0.0]), 6)
    1.386294
    >>> round(lossctl.losses.gan_discriminator(real=[0.5, 0.0], fake=[1.0, -1.0], mode='least_squares'), 6)
    0.8125
    >>> round(lossctl.losses.gan_discriminator(real=[0.5, 2.0], fake=[1.0, 0.0], mode='hinge'), 6)
    1.75
    >>> round(lossctl.losses.gan_discriminator(real=[3.0, 0.0], fake=[1.0, 0.0], mode='wasserstein'), 6)
    -1.0

    References
    ----------
    - Goodfellow et al., Generative adversarial networks (2014), arXiv:1406.2661
    - Mao et al., Least squares generative adversarial networks (2017),
      arXiv:1611.04076
    - Lim & Ye, Geometric GAN: the hinge (2017), arXiv:1705.02894
    - Arjovsky, Chintala & Bottou, Wasserstein GAN (2017), arXiv:1701.07875
    """

@overload
def gan_generator(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def gan_generator(
    fake: _Data, *,
    mode: Literal['bce', 'minimax', 'least_squares', 'hinge', 'wasserstein'] = 'bce',
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """GAN generator loss of fake scores: −log σ(fake); or minimax, LSGAN, hinge,
    WGAN

        bce: log(1 + e^(−f));  minimax: −log(1 + e^f);  least_squares: ½(f −
        1)²;  hinge, wasserstein: −f

    Parameters
    ----------
    fake : array (item)
        Scores of generated samples, no sigmoid.
    mode : bce | minimax | least_squares | hinge | wasserstein, default 'bce'
        GAN objective: the loss applied to the scores.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - bce is the non-saturating form used in practice; minimax is the original
      game
    - declared in lossctl/losses/generative/gan_generator.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('gan_generator')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.gan_generator(fake=[0.0]), 6)
    0.693147
    >>> round(lossctl.losses.gan_generator(fake=[0.0], mode='minimax'), 6)
    -0.693147
    >>> round(lossctl.losses.gan_generator(fake=[0.0, 4.0], mode='least_squares'), 6)
    2.5
    >>> round(lossctl.losses.gan_generator(fake=[1.0, 2.0], mode='hinge'), 6)
    -1.5

    References
    ----------
    - Goodfellow et al., Generative adversarial networks (2014), arXiv:1406.2661
    - Mao et al., Least squares generative adversarial networks (2017),
      arXiv:1611.04076
    - Lim & Ye, Geometric GAN: the hinge (2017), arXiv:1705.02894
    - Arjovsky, Chintala & Bottou, Wasserstein GAN (2017), arXiv:1701.07875
    """

@overload
def diffusion_noise(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def diffusion_noise(
    predictions: _Data, targets: _Data, snr: _Data | None = None, *,
    prediction: Literal['epsilon', 'v', 'sample'] = 'epsilon', min_snr_gamma: float = 5.0,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """Mean squared error of predicted noise (DDPM); with snr, min-SNR weights by
    step

        w·mean (ε̂ − ε)²,  w = 1, or with snr: min(snr, γ)/snr for epsilon,
        min(snr, γ)/(snr + 1) for v, min(snr, γ) for sample

    Parameters
    ----------
    predictions : array (item, …)
        Predicted noise (or v, or samples).
    targets : array (item, …)
        Target noise (or v, or samples), in the same shape.
    snr : array (item), optional
        Signal-to-noise ratio of each sample's time step, ᾱ / (1 − ᾱ).
    prediction : epsilon | v | sample, default 'epsilon'
        What the model predicts; used with snr only.
    min_snr_gamma : (0, inf), default 5.0
        Clip γ of the signal-to-noise ratio (min-SNR); used with snr only.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - one item is a sample, the first axis; its loss is the mean over its other
      axes
    - weights multiply losses and do not divide the mean, as in the paper
    - at snr 0 the weight for epsilon is its limit, 1
    - declared in lossctl/losses/generative/diffusion_noise.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('diffusion_noise')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.diffusion_noise(predictions=[[1.0, 0.0], [0.0, 2.0]], targets=[[0.0, 0.0], [0.0, 0.0]]), 6)
    1.25
    >>> round(lossctl.losses.diffusion_noise(predictions=[[1.0, 0.0], [0.0, 2.0]], targets=[[0.0, 0.0], [0.0, 0.0]], snr=[2.0, 10.0]), 6)
    0.75
    >>> round(lossctl.losses.diffusion_noise(predictions=[[1.0, 0.0]], targets=[[0.0, 0.0]], snr=[3.0], prediction='v', min_snr_gamma=2.0), 6)
    0.25

    References
    ----------
    - Ho, Jain & Abbeel, Denoising diffusion models (2020), arXiv:2006.11239
    - Hang et al., Efficient diffusion training via min-SNR (2023),
      arXiv:2303.09556
    - Salimans & Ho, Progressive distillation: v (2022), arXiv:2202.00512
    """

@overload
def content(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def content(
    predictions: _Data, targets: _Data, *, normalization: Literal['mean', 'half_sum'] = 'mean',
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """Perceptual loss: mean squared difference of network features of two images

        mean (F − P)²;  half_sum: ½·Σ (F − P)²

    Parameters
    ----------
    predictions : array (item, …)
        Feature maps of the generated images.
    targets : array (item, …)
        Feature maps of the true images, same layer.
    normalization : mean | half_sum, default 'mean'
        Squares averaged over the features of a sample, or half their sum.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - one item is a sample, the first axis; the features are files saved from a
      network
    - mean is Johnson et al.'s, half_sum Gatys et al.'s; several layers are
      several losses
    - declared in lossctl/losses/generative/content.py
    - when to use it, what to expect, its curve: ``lossctl.show('content')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.content(predictions=[[1.0, 3.0]], targets=[[0.0, 1.0]]), 6)
    2.5
    >>> round(lossctl.losses.content(predictions=[[[1.0], [3.0]]], targets=[[[0.0], [1.0]]], normalization='half_sum'), 6)
    2.5

    References
    ----------
    - Gatys, Ecker & Bethge, A neural algorithm of artistic style (2015),
      arXiv:1508.06576
    - Johnson, Alahi & Fei-Fei, Perceptual losses (2016), arXiv:1603.08155
    """

@overload
def gram_style(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def gram_style(
    predictions: _Data, targets: _Data, *, normalization: Literal['mean', 'sum', 'gatys'] = 'mean',
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """Style loss: mean squared difference of the Gram matrices of image and style

        mean over C² of (G(F) − G(A))²,  G(F) = F·Fᵀ / (C·H·W) with F of (C,
        H·W);  sum: Σ;  gatys: ¼·Σ

    Parameters
    ----------
    predictions : array (item, channel, height, width) or (item, height, width, channel)
        Feature maps of the generated images.
    targets : array (item, channel, style_height, style_width) or (item, style_height, style_width, channel)
        Feature maps of the style images, same layer, of any size.
    normalization : mean | sum | gatys, default 'mean'
        Squared differences averaged over the C² entries, summed, or a quarter
        of the sum.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - the Gram matrix is over C·H·W: mean is the usual PyTorch code, sum Johnson
      et al.'s
    - gatys: ¼·Σ (F·Fᵀ − A·Aᵀ)² / (C·H·W)², as in the paper, for one layer of
      weight 1
    - features are channels first unless axes say last; each is divided by its
      own C·H·W
    - declared in lossctl/losses/generative/gram_style.py
    - when to use it, what to expect, its curve: ``lossctl.show('gram_style')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.gram_style(predictions=[[[[1.0, 1.0]], [[0.0, 2.0]]]], targets=[[[[0.0, 0.0]], [[0.0, 0.0]]]]), 6)
    0.4375
    >>> round(lossctl.losses.gram_style(predictions=[[[[1.0, 1.0]], [[0.0, 2.0]]]], targets=[[[[0.0, 0.0]], [[0.0, 0.0]]]], normalization='gatys'), 6)
    0.4375

    References
    ----------
    - Gatys, Ecker & Bethge, A neural algorithm of artistic style (2015),
      arXiv:1508.06576
    - Johnson, Alahi & Fei-Fei, Perceptual losses (2016), arXiv:1603.08155
    """

@overload
def total_variation(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def total_variation(
    images: _Data, *, mode: Literal['anisotropic', 'isotropic', 'squared'] = 'anisotropic',
    normalization: Literal['sum', 'mean'] = 'sum', weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """Total variation: Σ |differences of neighbouring pixels|, large for noise

        Σ |x_(i+1,j) − x_(i,j)| + |x_(i,j+1) − x_(i,j)|;  isotropic: Σ √(a² +
        b²);  squared: Σ a² + b²

    Parameters
    ----------
    images : array (item, height, width) or (item, height, width, channel)
        Images; channels, where there are, come before, or last if axes say so.
    mode : anisotropic | isotropic | squared, default 'anisotropic'
        Size of a pixel's differences: |a| + |b|, √(a² + b²), or a² + b².
    normalization : sum | mean, default 'sum'
        Differences of an image summed, or averaged over its pixels.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - one item is an image of one channel; channels count as images of their own
    - differences beyond the last row and column are 0, and nothing wraps around
    - anisotropic sums are those of tf.image.total_variation, for one channel
    - declared in lossctl/losses/generative/total_variation.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('total_variation')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.total_variation(images=[[[0.0, 4.0], [3.0, 0.0]]]), 6)
    14.0
    >>> round(lossctl.losses.total_variation(images=[[[0.0, 4.0], [3.0, 0.0]]], mode='isotropic', normalization='mean'), 6)
    3.0
    >>> round(lossctl.losses.total_variation(images=[[[0.0, 4.0], [3.0, 0.0]]], mode='squared'), 6)
    50.0

    References
    ----------
    - Rudin, Osher & Fatemi, Nonlinear total variation based noise removal
      (1992), doi:10.1016/0167-2789(92)90242-F
    - Johnson, Alahi & Fei-Fei, Perceptual losses (2016), arXiv:1603.08155
    """

@overload
def ssim(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def ssim(
    predictions: _Data, targets: _Data, *, data_range: float = 1.0, window: int = 11,
    sigma: float = 1.5, k1: float = 0.01, k2: float = 0.03, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """1 − SSIM: luminance, contrast and structure compared in Gaussian windows

        1 − mean over windows of (2μ_pμ_t + C1)(2σ_pt + C2) / ((μ_p² + μ_t² +
        C1)(σ_p² + σ_t² + C2)),  C = (K·range)²

    Parameters
    ----------
    predictions : array (item, height, width) or (item, height, width, channel)
        Images; channels, where there are, come before, or last if axes say so.
    targets : array (item, height, width) or (item, height, width, channel)
        The true images.
    data_range : (0, inf), default 1.0
        Largest minus smallest possible pixel value, 255 for bytes.
    window : 1, 3, 5, …, default 11
        Side of the windows, in pixels.
    sigma : (0, inf), default 1.5
        Standard deviation of their Gaussian weights, in pixels.
    k1 : [0, inf), default 0.01
        Stabilizes the quotient of dark windows.
    k2 : [0, inf), default 0.03
        Stabilizes the quotient of flat windows.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - one item is an image of one channel; channels count as images of their own
    - windows lie inside the image: 11 × 11 leaves out 5 pixels at each edge, as
      the paper
    - set data_range to 255 for pixels 0 to 255: values far beyond the range
      mean little
    - the value is that of scikit-image with gaussian_weights=True,
      use_sample_covariance=False and the same data_range
    - 1 − SSIM is computed from the difference of the images and stays precise
      near 0
    - declared in lossctl/losses/generative/ssim.py
    - when to use it, what to expect, its curve: ``lossctl.show('ssim')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.ssim(predictions=[[[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]], targets=[[[1.0, 1.0, 1.0], [1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]], window=3), 6)
    0.9999
    >>> round(lossctl.losses.ssim(predictions=[[[1.0, 0.0, -1.0], [1.0, 0.0, -1.0], [1.0, 0.0, -1.0]]], targets=[[[-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0], [-1.0, 0.0, 1.0]]], window=3, k2=0.0), 6)
    2.0

    References
    ----------
    - Wang, Bovik, Sheikh & Simoncelli, Image quality assessment: from error
      visibility to structural similarity (2004), doi:10.1109/TIP.2003.819861
    - Zhao, Gallo, Frosio & Kautz, Loss functions for image restoration with
      neural networks (2017), arXiv:1511.08861
    """

@overload
def ms_ssim(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def ms_ssim(
    predictions: _Data, targets: _Data, *, data_range: float = 1.0, window: int = 11,
    sigma: float = 1.5, k1: float = 0.01, k2: float = 0.03,
    scale_weights: Sequence[float] | None = None, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', axes: Mapping[str, str] | None = None,
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """1 − MS-SSIM: contrast and structure at five scales, luminance at the last

        1 − SSIM_M^β_M · Π_{j<M} max(0, cs_j)^β_j,  cs_j and SSIM_M means over
        windows of scale j, which has means of 2 × 2 pixels of scale j − 1;  β =
        0.0448, 0.2856, 0.3001, 0.2363, 0.1333

    Parameters
    ----------
    predictions : array (item, height, width) or (item, height, width, channel)
        Images; channels, where there are, come before, or last if axes say so.
    targets : array (item, height, width) or (item, height, width, channel)
        The true images.
    data_range : (0, inf), default 1.0
        Largest minus smallest possible pixel value, 255 for bytes.
    window : 1, 3, 5, …, default 11
        Side of the windows, in pixels.
    sigma : (0, inf), default 1.5
        Standard deviation of their Gaussian weights, in pixels.
    k1 : [0, inf), default 0.01
        Stabilizes the quotient of dark windows.
    k2 : [0, inf), default 0.03
        Stabilizes the quotient of flat windows.
    scale_weights : a list of powers, one for each scale or null, default None
        Power of every scale, the finest first, each half as large as the one
        before. null: the five of the paper, or as many as fit the image, over
        their sum.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, axes, interval, confidence, context,
    threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - one item is an image of one channel; channels count as images of their own
    - sides that are odd are halved with their last pixel taken twice, as by the
      authors
    - MONAI, torchmetrics and pytorch-msssim agree where sides are multiples of
      16; they drop or blacken an odd edge
    - a mean below 0 counts as 0: the loss is 1 there and has no gradient
    - 1 − the product is computed from differences and stays precise near 0
    - declared in lossctl/losses/generative/ms_ssim.py
    - when to use it, what to expect, its curve: ``lossctl.show('ms_ssim')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.ms_ssim(predictions=[[[0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]]], targets=[[[1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 1.0]]], window=1, scale_weights=[0.5, 1.0]), 6)
    0.9999
    >>> round(lossctl.losses.ms_ssim(predictions=[[[0.5, 0.0, -0.5], [0.5, 0.0, -0.5], [0.5, 0.0, -0.5]]], targets=[[[1.0, 0.0, -1.0], [1.0, 0.0, -1.0], [1.0, 0.0, -1.0]]], window=3, k2=0.0, scale_weights=[2.0]), 6)
    0.36

    References
    ----------
    - Wang, Simoncelli & Bovik, Multiscale structural similarity for image
      quality assessment (2003), doi:10.1109/ACSSC.2003.1292216
    - Zhao, Gallo, Frosio & Kautz, Loss functions for image restoration with
      neural networks (2017), arXiv:1511.08861
    """

@overload
def rule_satisfaction(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def rule_satisfaction(
    predictions: _Data, targets: _Data | None = None, *, temperature: float = 1.0,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """((target − truth value)/τ)²: squared error of the truth values of soft rules

        ((t − v) / τ)²,  v the truth value of a rule

    Parameters
    ----------
    predictions : array
        Truth values of the rules, usually (N, rules).
    targets : array, optional
        Target truth value of each, 1 when not given; 1 when not given.
    temperature : (0, inf), default 1.0
        Temperature τ that errors are divided by; larger penalizes violations
        less.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - declared in lossctl/losses/logic/rule_satisfaction.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('rule_satisfaction')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.rule_satisfaction([1.0, 0.5]), 6)
    0.125

    References
    ----------
    - Badreddine et al., Logic Tensor Networks (2020), arXiv:2012.13635
    """

@overload
def forall_rule(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def forall_rule(
    predictions: _Data, targets: _Data | None = None, *, temperature: float = 1.0, p: float = 2.0,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', pooling: Literal['batch', 'sample'] = 'batch',
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """((target − (1 − p-mean of 1 − truth values))/τ)²: ∀ rule, true in every row

        ((t − T) / τ)²,  T = 1 − (mean (1 − v)^p)^(1/p) the truth value of ∀, v
        that of a row

    Parameters
    ----------
    predictions : array
        Truth values of one rule in each row.
    targets : array, optional
        Target truth value of the rule, 1 when not given; 1 when not given.
    temperature : (0, inf), default 1.0
        Temperature τ that errors are divided by; larger penalizes violations
        less.
    p : [1, 64], default 2.0
        Exponent of the generalized mean; larger gives extreme rows more weight.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, nan, precision, pooling, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - declared in lossctl/losses/logic/forall_rule.py
    - when to use it, what to expect, its curve: ``lossctl.show('forall_rule')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.forall_rule([1.0, 0.5]), 6)
    0.125
    >>> round(lossctl.losses.forall_rule([1.0, 0.5], p=1.0), 6)
    0.0625

    References
    ----------
    - Badreddine et al., Logic Tensor Networks (2020), arXiv:2012.13635
    """

@overload
def exists_rule(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def exists_rule(
    predictions: _Data, targets: _Data | None = None, *, temperature: float = 1.0, p: float = 2.0,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', pooling: Literal['batch', 'sample'] = 'batch',
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """((target − p-mean of truth values)/τ)²: ∃ rule, true in some row

        ((t − T) / τ)²,  T = (mean v^p)^(1/p) the truth value of ∃, v that of a
        row

    Parameters
    ----------
    predictions : array
        Truth values of one rule in each row.
    targets : array, optional
        Target truth value of the rule, 1 when not given; 1 when not given.
    temperature : (0, inf), default 1.0
        Temperature τ that errors are divided by; larger penalizes violations
        less.
    p : [1, 64], default 2.0
        Exponent of the generalized mean; larger gives extreme rows more weight.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, nan, precision, pooling, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - declared in lossctl/losses/logic/exists_rule.py
    - when to use it, what to expect, its curve: ``lossctl.show('exists_rule')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.exists_rule([1.0, 0.5], p=1.0), 6)
    0.0625
    >>> round(lossctl.losses.exists_rule([0.6, 0.8], [0.5, 0.5]), 6)
    0.042893

    References
    ----------
    - Badreddine et al., Logic Tensor Networks (2020), arXiv:2012.13635
    """

@overload
def log_product_rule(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def log_product_rule(
    predictions: _Data, targets: _Data | None = None, *, temperature: float = 1.0,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', pooling: Literal['batch', 'sample'] = 'batch',
    interval: bool = False, confidence: float = 0.95, context: bool = False,
    threads: int | None = None,
) -> float:
    """((target − geometric mean of truth values)/τ)²: ∀ rule by the log-product

        ((t − T) / τ)²,  T = exp(mean log max(v, 1e-37)), v the truth value of a
        row

    Parameters
    ----------
    predictions : array
        Truth values of one rule in each row.
    targets : array, optional
        Target truth value of the rule, 1 when not given; 1 when not given.
    temperature : (0, inf), default 1.0
        Temperature τ that errors are divided by; larger penalizes violations
        less.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, nan, precision, pooling, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - declared in lossctl/losses/logic/log_product_rule.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('log_product_rule')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.log_product_rule([1.0, 0.25]), 6)
    0.25

    References
    ----------
    - van Krieken et al., Analyzing differentiable fuzzy logic operators (2020),
      arXiv:2002.06100
    """

@overload
def constraint_violation(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def constraint_violation(
    predictions: _Data, targets: _Data | None = None, *, penalty_weight: float = 10.0,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """w·max(c − threshold, 0)²: quadratic penalty of constraint violations

        w·max(c − t, 0)²,  c a constraint value

    Parameters
    ----------
    predictions : array
        Constraint values, violated above the threshold.
    targets : array, optional
        Thresholds, 0 when not given; 0 when not given.
    penalty_weight : [0, inf), default 10.0
        Weight w of squared violations.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - declared in lossctl/losses/logic/constraint_violation.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('constraint_violation')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.constraint_violation([1.0, -1.0]), 6)
    5.0

    References
    ----------
    - Nocedal & Wright, Numerical Optimization (2006), ch. 17,
      doi:10.1007/978-0-387-40065-5
    """

@overload
def linear_penalty(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def linear_penalty(
    predictions: _Data, targets: _Data | None = None, *, penalty_weight: float = 10.0,
    weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """w·max(c − threshold, 0): linear (exact, L1) penalty of constraint violations

        w·max(c − t, 0),  c a constraint value

    Parameters
    ----------
    predictions : array
        Constraint values, violated above the threshold.
    targets : array, optional
        Thresholds, 0 when not given; 0 when not given.
    penalty_weight : [0, inf), default 10.0
        Weight w of violations.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - declared in lossctl/losses/logic/linear_penalty.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('linear_penalty')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.linear_penalty([1.0, -1.0]), 6)
    5.0

    References
    ----------
    - Nocedal & Wright, Numerical Optimization (2006), ch. 17.2,
      doi:10.1007/978-0-387-40065-5
    """

@overload
def hinge_penalty(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def hinge_penalty(
    predictions: _Data, targets: _Data | None = None, *, penalty_weight: float = 10.0,
    margin: float = 1.0, weights: _Data | None = None, reduction: Literal['mean', 'sum'] = 'mean',
    mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """w·max(c − threshold + margin, 0): hinge penalty of constraint values

        w·max(c − t + m, 0),  m the margin

    Parameters
    ----------
    predictions : array
        Constraint values, violated above the threshold.
    targets : array, optional
        Thresholds, 0 when not given; 0 when not given.
    penalty_weight : [0, inf), default 10.0
        Weight w of the hinges.
    margin : [0, inf), default 1.0
        Margin: distance below the threshold from which the penalty is 0.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - declared in lossctl/losses/logic/hinge_penalty.py
    - when to use it, what to expect, its curve:
      ``lossctl.show('hinge_penalty')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.hinge_penalty([0.5, -2.0]), 6)
    7.5

    References
    ----------
    - Cortes & Vapnik, Support-vector networks (1995), doi:10.1007/BF00994018
    """

@overload
def log_barrier(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def log_barrier(
    predictions: _Data, targets: _Data | None = None, *, penalty_weight: float = 10.0,
    sharpness: float = 5.0, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """−log(threshold − c)/s: logarithmic barrier, extended by its tangent

        w·(−log(−g)/s for g ≤ −1/s², else s·g + 1/s − log(1/s²)/s),  g = c − t

    Parameters
    ----------
    predictions : array
        Constraint values, violated above the threshold.
    targets : array, optional
        Thresholds, 0 when not given; 0 when not given.
    penalty_weight : [0, inf), default 10.0
        Weight w of the barrier.
    sharpness : (0, inf), default 5.0
        Sharpness s; larger is closer to a hard constraint.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - declared in lossctl/losses/logic/log_barrier.py
    - when to use it, what to expect, its curve: ``lossctl.show('log_barrier')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.log_barrier([-1.0, 0.96]), 6)
    28.218876

    References
    ----------
    - Kervadec et al., Log-barrier extensions (2019), arXiv:1904.04205
    """

@overload
def custom(
    *inputs: _Data, reduction: Literal["none"], **keywords: Any,
) -> NDArray[Any]: ...
@overload
def custom(
    predictions: _Data, targets: _Data, *, formula: str, weights: _Data | None = None,
    reduction: Literal['mean', 'sum'] = 'mean', mean_by: Literal['weights', 'items'] = 'weights',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Loss by formula of predictions p and targets t: 0.7*mse + 0.3*mae, abs(p -
    t)^1.5

        p or predictions, t or y or targets, pi, e; + - * / ^ with brackets; <
        <= > >= == != and or not give 0 or 1; abs sign exp expm1 log log1p sqrt
        square tanh sigmoid softplus, min(a, b), max(a, b), clip(x, low, high),
        where(condition, a, b); elementwise losses of plain values by name: mse,
        huber(delta=0.5)

    Parameters
    ----------
    predictions : array
        Predicted values, any shape.
    targets : array
        True values, shaped like the predictions.
    formula : an expression of p and t, required
        The loss of each element, such as 0.7*mse + 0.3*mae.
    weights : array, optional
        Non-negative weight of each item; the mean divides by their sum.
    reduction, mean_by, nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - a constant exponent lies between -8 and 8; a formula has at most 4096
      characters and 1000 numbers, names and operators, nested at most 64 deep
    - the formula is evaluated for each element and the results are averaged, so
      a blend of losses is the same blend of their means
    - losses in a formula take their defaults, or parameters in brackets; what
      they say about their inputs, such as clipping or domains, is not checked
    - declared in lossctl/losses/formula/custom.py
    - when to use it, what to expect, its curve: ``lossctl.show('custom')``

    Examples
    --------
    >>> import lossctl
    >>> round(lossctl.losses.custom([1.0, 3.0], [0.0, 1.0], formula='0.7*mse + 0.3*mae'), 6)
    2.2
    >>> round(lossctl.losses.custom([5.0, 1.0], [1.0, 1.0], formula='abs(p - t)^1.5 / (1 + abs(t))'), 6)
    2.0
    >>> round(lossctl.losses.custom([1.0, 3.0], [2.0, 1.0], formula='where(t > p, 0.9, 0.1) * abs(t - p)'), 6)
    0.55

    References
    ----------
    - Griewank and Walther, Evaluating Derivatives (2008), forward mode,
      doi:10.1137/1.9780898717761
    """

def vae(
    *inputs: _Data, targets: _Data | None = None, mean: _Data | None = None,
    log_variance: _Data | None = None, beta: float = 1.0,
    reconstruction: Literal['mse', 'mae', 'bce', 'bce_with_logits'] = 'mse',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Reconstruction loss + β·KL(N(μ, σ²) ‖ N(0, 1)), the negative ELBO of a
    (β-)VAE

        reconstruction + β·KL,  KL = −½ Σ (1 + log σ² − μ² − σ²) per row, both
        averaged

    Parameters
    ----------
    reconstruction : array (item, …)
        Output of the decoder: values, or probabilities for bce.
    targets : array (item, …)
        Input of the encoder, shaped like the reconstruction.
    mean : array (item, latent)
        Means of the latents, (N, D).
    log_variance : array (item, latent)
        Logarithms of the variances of the latents, (N, D).
    beta : [0, inf), default 1.0
        Weight β of the KL divergence.
    reconstruction : mse | mae | bce | bce_with_logits, default 'mse'
        Loss of the reconstruction.
    nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - declared in lossctl/objective/recipes/vae.yaml
    - when to use it, what to expect, its curve: ``lossctl.show('vae')``

    References
    ----------
    - Kingma and Welling, Auto-Encoding Variational Bayes (2013),
      arXiv:1312.6114
    - Higgins et al., beta-VAE (ICLR 2017),
      https://openreview.net/forum?id=Sy2fzU9gl
    """

def pix2pix(
    generated: _Data, targets: _Data, fake: _Data, *, distance_weight: float = 100.0,
    adversarial_weight: float = 1.0, distance: Literal['mae', 'mse', 'smooth_l1'] = 'mae',
    mode: Literal['bce', 'least_squares', 'hinge', 'wasserstein'] = 'bce',
    nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """λ·L1 distance to the target + adversarial loss of the generator (pix2pix)

        λ·|generated − target| + adversarial(fake)

    Parameters
    ----------
    generated : array
        Generated images, any shape.
    targets : array
        Target images.
    fake : array
        Discriminator scores of the generated images, no sigmoid.
    distance_weight : [0, inf), default 100.0
        Weight of the distance.
    adversarial_weight : [0, inf), default 1.0
        Weight of the adversarial part.
    distance : mae | mse | smooth_l1, default 'mae'
        Distance from the target.
    mode : bce | least_squares | hinge | wasserstein, default 'bce'
        GAN objective of the adversarial part.
    nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - declared in lossctl/objective/recipes/pix2pix.yaml
    - when to use it, what to expect, its curve: ``lossctl.show('pix2pix')``

    References
    ----------
    - Isola et al., Image-to-Image Translation with Conditional Adversarial
      Networks (2016), arXiv:1611.07004
    """

def logical(
    predictions: _Data, targets: _Data, rule_values: _Data | None = None,
    constraint_values: _Data | None = None, *, supervised: str = 'cross_entropy',
    supervised_weight: float = 1.0, rule_weight: float = 1.0, constraint_weight: float = 1.0,
    temperature: float = 1.0, nan: Literal['raise', 'omit', 'propagate'] = 'raise',
    precision: Literal['auto', 'double'] = 'auto', interval: bool = False, confidence: float = 0.95,
    context: bool = False, threads: int | None = None,
) -> float:
    """Supervised loss + soft rules (LTN) + constraint penalties, from computed
    values

        w_s·supervised + w_r·mean(((1 − v)/τ)²) + w_c·mean(10·max(c, 0)²)

    Parameters
    ----------
    predictions : array
        Predictions of the supervised loss.
    targets : array
        Its targets.
    rule_values : array, optional
        Truth values of the rules, usually (N, rules).
    constraint_values : array, optional
        Constraint values, violated above 0, usually (N, constraints).
    supervised : the name of a loss, default 'cross_entropy'
        The supervised loss.
    supervised_weight : [0, inf), default 1.0
        Weight of the supervised loss.
    rule_weight : [0, inf), default 1.0
        Weight of the rules.
    constraint_weight : [0, inf), default 1.0
        Weight of the constraints.
    temperature : (0, inf), default 1.0
        Temperature of the rules; larger penalizes violations less.
    nan, precision, interval, confidence, context, threads
        Options that all losses share: ``help(lossctl.compute)``.

    Notes
    -----
    - declared in lossctl/objective/recipes/logical.yaml
    - when to use it, what to expect, its curve: ``lossctl.show('logical')``

    References
    ----------
    - Badreddine et al., Logic Tensor Networks (2020), arXiv:2012.13635
    """

l2 = mse
mean_squared_error = mse
l1 = mae
mean_absolute_error = mae
logcosh = log_cosh
pinball = quantile
asymmetric_least_squares = expectile
mean_absolute_percentage_error = mape
symmetric_mean_absolute_percentage_error = smape
mean_squared_log_error = msle
mean_squared_logarithmic_error = msle
tweedie = tweedie_deviance
general_robust = barron
crps_quantiles = crps_quantile
crps_samples = crps_ensemble
interval_score = interval
winkler = interval
negative_binomial = negative_binomial_nll
nb_nll = negative_binomial_nll
zip_nll = zero_inflated_poisson_nll
zero_inflated_poisson = zero_inflated_poisson_nll
root_mean_squared_error = rmse
wape = wmape
weighted_mean_absolute_percentage_error = wmape
mean_absolute_scaled_error = mase
root_mean_squared_scaled_error = rmsse
binary_cross_entropy = bce
ce = cross_entropy
categorical_cross_entropy = cross_entropy
logistic = soft_margin
brier_score = brier
asl = asymmetric
polyloss = poly1
negative_log_likelihood = nll
kl = kl_divergence
kl_div = kl_divergence
js = js_divergence
jensen_shannon = js_divergence
crammer_singer = multiclass_hinge
gce = generalized_cross_entropy
sce = symmetric_cross_entropy
logit_adjustment = logit_adjusted_cross_entropy
knowledge_distillation = distillation
ordered_logit = cumulative_logits
proportional_odds = cumulative_logits
rps = ordinal_emd
ranked_probability_score = ordinal_emd
iou = jaccard
soft_iou = jaccard
generalised_dice = generalized_dice
gwdl = generalized_wasserstein_dice
wasserstein_dice = generalized_wasserstein_dice
dice_ce = dice_cross_entropy
lovasz = lovasz_softmax
hausdorff_dt = hausdorff
centreline_dice = cldice
centerline_dice = cldice
cosine = cosine_distance
infonce = info_nce
ntxent = nt_xent
mnr = multiple_negatives_ranking
supcon = supervised_contrastive
npairs = n_pairs
ranking_softmax = listnet
plackett_luce = listmle
lambdarank = lambda_rank
approxndcg = approx_ndcg
ranksvm = pairwise_hinge
pairwise_qr = pairwise_quantile
ndcg_loss2 = lambda_loss
approxmrr = approx_mrr
ctc_loss = ctc
ppl = perplexity
bpb = bits_per_byte
reward_model = bradley_terry
ppo = ppo_clip
slic_hf = slic
rdpo = robust_dpo
sppo_hard = sppo
nca_pair = nca
apo_zero = apo
iou_loss = box_iou
generalized_iou = giou
generalized_box_iou = giou
distance_iou = diou
distance_box_iou = diou
complete_iou = ciou
complete_box_iou = ciou
vae_kl = kl_standard_normal
noise_prediction = diffusion_noise
perceptual = content
style = gram_style
tv = total_variation
structural_similarity = ssim
msssim = ms_ssim
multiscale_ssim = ms_ssim
p_mean_error = forall_rule
quadratic_penalty = constraint_violation
expression = custom
