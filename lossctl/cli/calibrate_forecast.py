"""`lossctl calibrate --forecast`: how true forecast distributions are."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

from lossctl.cli import shell_options as cli
from lossctl.cli.data_options import SLICES_OF_DATA
from lossctl.cli.help import WHAT_TO_CHECK
from lossctl.core.errors import GATE_FAILED, OK, UsageError

if TYPE_CHECKING:  # `--help` reads this module: it must not wait for NumPy
    from lossctl.core.outcome import Summary
    from lossctl.forecasts import ForecastCalibration, ForecastRequest
    from lossctl.report.ci.reports import Report

Forecast = Annotated[
    str | None,
    cli.option(
        WHAT_TO_CHECK,
        "The predictions are forecast distributions: quantiles:q=[0.1,0.5,0.9] (N, Q), ensemble "
        "(N, M), or gaussian, means and variances (gaussian:spread=deviation).",
        metavar="KIND",
    ),
]
# what calibration has no use for: it is of all rows together, and no average of losses
WITHOUT = (
    *SLICES_OF_DATA,
    *("group", "reduction", "pooling", "average", "background", "shift", "mean_by"),
    *("class_weights", "batch_size", "interval"),
)


class Output(NamedTuple):
    """Where the answer goes."""

    form: str
    digits: int | None
    path: Path | None
    reports: "Sequence[Report]"

    def check(self, request: "ForecastRequest") -> None:
        """Refuse files that are inputs, before any work."""
        from lossctl.cli.output import files_of
        from lossctl.evaluation import places_of
        from lossctl.io.output_places import check_outputs

        written = {"output": [self.path] if self.path else [], "report": files_of(self.reports)}
        check_outputs(places_of(request.data, [request.spec.target]), [], written)


def read_forecasts(
    forecast: str, files: Sequence[str] | None, texts: dict[str, Any]
) -> "ForecastRequest":
    """Read what the shell says of forecasts, and of where they are.

    Raises
    ------
    UsageError
        For another kind of forecasts.
    """
    from lossctl.cli.plot.output import read_whole
    from lossctl.forecasts import ForecastRequest, forecast_of

    kind, spec = forecast_of(forecast)
    data, options = read_whole(spec, files, texts)
    return ForecastRequest(kind, spec, data, options)


def calibrate_forecast(
    request: "ForecastRequest",
    fail_over: Sequence[str] | None,
    maps: Mapping[str, Any],
    output: Output,
) -> int:
    """Measure, print, and return the exit code.

    Raises
    ------
    UsageError
        For maps, which are of probabilities.
    """
    from dataclasses import replace

    from lossctl.cli.output import complain, deliver, display_of, note, publish
    from lossctl.forecasts import calibrate_forecasts
    from lossctl.gates.calibration import gates_of_forecasts, read_limits
    from lossctl.report.coverage import render

    for name, value in maps.items():
        if value is not None:
            raise UsageError(f"--{name}: maps are of probabilities; leave it out with --forecast")
    limits = read_limits(fail_over, of_forecasts=True)
    found = calibrate_forecasts(request)
    found = replace(found, gates=tuple(gates_of_forecasts(found, limits)))
    deliver(render(found, output.form, display_of(output.path, output.digits)), output.path)
    for line in found.notes if output.form not in {"json", "jsonl"} else ():
        note(line)
    failing = [gate for gate in found.gates if gate.fails]
    for gate in failing:
        complain(gate.sentence())
    publish(output.reports, partial(_summary, found))
    return GATE_FAILED if failing else OK


def _summary(found: "ForecastCalibration") -> "Summary":
    """Return what reports say: the outcomes of gates, and everything for a page."""
    from lossctl.report.coverage import summary_of
    from lossctl.report.html.contents import of_forecasts

    return summary_of(found)._replace(sections=partial(of_forecasts, found))
