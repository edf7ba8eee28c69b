"""How :func:`lossctl.plot` makes each picture from what Python gives it."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from lossctl.core.errors import UsageError
from lossctl.core.spelling import did_you_mean, option, plural
from lossctl.data_places import data_and_options
from lossctl.engine.bind.inputs import input_names
from lossctl.loss_specs import given_spec
from lossctl.pictures.picture import Picture

if TYPE_CHECKING:
    from lossctl.comparison_result import Comparisons

Inputs: TypeAlias = Sequence[Any]
Keywords: TypeAlias = dict[str, Any]
OF_CURVES = ("over", "sweep", "low", "high")
OF_SERIES = ("series", "log", "higher_is_better")
OF_FRONTS = ("sweep", "sets", "data", "threads")


def picture_of_comparison(answer: "Comparisons") -> Picture:
    """Return the picture of a comparison, with what it says in words."""
    from lossctl.pictures.differences import differences
    from lossctl.report.comparisons import sentences_of
    from lossctl.report.formats import PLAIN

    return differences(answer, sentences_of(answer, PLAIN))


def picture_of_objective(
    configuration: Any,
    *,
    sweep: str | None = None,
    sets: Sequence[str] = (),
    data: Mapping[str, Any] | None = None,
    threads: int | None = None,
    written: Mapping[str, Sequence[Path]] | None = None,
) -> Picture:
    """Evaluate one objective for every candidate and return the picture of its front.

    Raises
    ------
    UsageError, DataError
        As for :func:`lossctl.run`; and for several objectives, and none of several candidates.
    """
    from lossctl.objective.run import run
    from lossctl.pictures.front import front

    results = run(configuration, sets=sets, data=data, threads=threads, written=written)
    if len(results) > 1:
        raise UsageError(f"a front is of one objective; the file holds {len(results)}")
    return front(results[0], sweep)


def _require_known(picture: str, keywords: Keywords, known: Sequence[str]) -> None:
    for name in keywords:
        if name not in known:
            raise UsageError(f"{picture} has no option {name!r}{did_you_mean(name, known)}")


def _curve(losses: Inputs, keywords: Keywords) -> Picture:
    from lossctl.pictures.curve import curve

    _require_known("curve", keywords, OF_CURVES)
    sweep = keywords.get("sweep")
    if sweep is not None and not isinstance(sweep, Mapping):
        raise UsageError(f"{option('sweep')}: must be values by parameter, got {sweep!r}")
    limits = (keywords.get("low"), keywords.get("high"))
    specs = [given_spec(loss, ()) for loss in losses]
    return curve(specs, keywords.get("over"), sweep, limits)


def _reliability(inputs: Inputs, keywords: Keywords) -> Picture:
    from lossctl.calibrating import calibrate
    from lossctl.pictures.reliability import reliability

    return reliability(calibrate(*inputs, **keywords))


def _pit(inputs: Inputs, keywords: Keywords) -> Picture:
    from lossctl.forecasts import calibrate_forecast
    from lossctl.pictures.pit_histogram import pit_histogram

    if "forecast" not in keywords:
        raise UsageError("pit: say what the predictions are, forecast='ensemble'")
    return pit_histogram(calibrate_forecast(*inputs, **keywords))


def _residuals(inputs: Inputs, keywords: Keywords) -> Picture:
    from lossctl.pictures.residuals import residuals, spec

    return residuals(*data_and_options("residuals", inputs, keywords, input_names(spec().target)))


def _confusion(inputs: Inputs, keywords: Keywords) -> Picture:
    from lossctl.confusion_reading import count_labels, spec
    from lossctl.pictures.confusion import confusion

    asked = spec(keywords.pop("threshold", None))
    names = input_names(asked.target)
    given = data_and_options("confusion", inputs, keywords, names, ["threshold"])
    return confusion(count_labels(asked, *given))


def _compare(inputs: Inputs, keywords: Keywords) -> Picture:
    from lossctl.comparing import compare

    return picture_of_comparison(compare(*inputs, **keywords))


def _series(inputs: Inputs, keywords: Keywords) -> Picture:
    from lossctl.comparing import measures
    from lossctl.pictures.over_time import picture_of_series, series_of

    specs = measures(keywords.pop("loss", ()), keywords.pop("metric", ()))
    names = list(dict.fromkeys(name for spec in specs for name in input_names(spec.target)))
    said = {name: keywords.pop(name) for name in OF_SERIES if name in keywords}
    others = [*OF_SERIES, "loss", "metric"]
    data, options = data_and_options("series", inputs, keywords, names, others)
    return picture_of_series(series_of(specs, data, options, **said))


def _front(inputs: Inputs, keywords: Keywords) -> Picture:
    _require_known("front", keywords, OF_FRONTS)
    if len(inputs) != 1:
        raise UsageError(f"front: takes one configuration, got {plural(len(inputs), 'input')}")
    return picture_of_objective(inputs[0], **keywords)


def _of_loss(picture: str, inputs: Inputs, keywords: Keywords) -> tuple[Any, ...]:
    """Return the loss, the data and the options of a picture of one loss."""
    if "loss" not in keywords:
        raise UsageError(f"{picture}: say which loss, loss='bce'")
    spec = given_spec(keywords.pop("loss"), inputs)
    names = input_names(spec.target)
    return (spec, *data_and_options(picture, inputs, keywords, names, ["loss"]))


def _items(inputs: Inputs, keywords: Keywords) -> Picture:
    from lossctl.pictures.items import items

    return items(*_of_loss("items", inputs, keywords))


def _landscape(inputs: Inputs, keywords: Keywords) -> Picture:
    from lossctl.pictures.landscape import landscape

    return landscape(*_of_loss("landscape", inputs, keywords))


MAKERS: Mapping[str, Callable[[Inputs, Keywords], Picture]] = {
    "curve": _curve,
    "reliability": _reliability,
    "pit": _pit,
    "landscape": _landscape,
    "residuals": _residuals,
    "confusion": _confusion,
    "compare": _compare,
    "series": _series,
    "front": _front,
    "items": _items,
}
