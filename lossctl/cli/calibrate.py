"""`lossctl calibrate`: how well predictions are calibrated, and what recalibrates them."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lossctl.cli import shell_options as cli
from lossctl.cli.calibrate_forecast import (
    WITHOUT,
    Forecast,
    Output,
    calibrate_forecast,
    read_forecasts,
)
from lossctl.cli.data_options import data_of, with_data_options
from lossctl.cli.help import GATES, WRITTEN
from lossctl.core.errors import GATE_FAILED, OK, UsageError

if TYPE_CHECKING:  # `--help` reads this module: it must not wait for NumPy
    from lossctl.calibrating import Calibration, Request
    from lossctl.core.outcome import Summary

TITLE = "lossctl calibrate"
EXAMPLES = """\b
  lossctl calibrate preds.npy targets.npy
  lossctl calibrate logits.npy y.npy --recalibrate temperature --save map.json
  lossctl calibrate new.npy --apply map.json --recalibrated probs.npy
  lossctl calibrate preds.npy targets.npy --fail-over miscalibration=0.01
  lossctl calibrate members.npy targets.npy --forecast ensemble
"""

Recalibrate = Annotated[
    str | None,
    cli.one_of(
        WRITTEN,
        "temperature|platt|isotonic",
        "Fit a map that recalibrates the probabilities, and measure on held-out folds what it "
        "gains: one temperature, a slope and a shift, or an isotonic curve.",
    ),
]
Save = Annotated[
    Path | None,
    cli.option(WRITTEN, "Write the fitted map to a file, for --apply.", metavar="FILE.json"),
]
Apply = Annotated[
    Path | None,
    cli.option(
        WRITTEN, "Apply a map that --save wrote before anything is measured.", metavar="FILE.json"
    ),
]
Recalibrated = Annotated[
    Path | None,
    cli.option(
        WRITTEN,
        "Write the probabilities after the map; with --apply predictions do without targets.",
        metavar="FILE.npy",
    ),
]
FailOver = Annotated[
    list[str] | None,
    cli.option(
        GATES,
        "Exit 1 when a number is over this limit: brier, log_loss or a part of one, such as "
        "log_loss.miscalibration; miscalibration (of Brier's score) when no name is given. Of "
        "forecasts coverage_error or score.",
        metavar="[NAME=]LIMIT",
    ),
]


@with_data_options(after="files", without=WITHOUT)
def calibrate(
    *,
    files: cli.Files = None,
    forecast: Forecast = None,
    recalibrate: Recalibrate = None,
    save: Save = None,
    apply: Apply = None,
    recalibrated: Recalibrated = None,
    form: cli.Format = None,
    digits: cli.Digits = None,
    output: cli.Output = None,
    fail_over: FailOver = None,
    report: cli.Reports = None,
    **texts: Any,
) -> None:
    """Measure calibration of probabilities or forecasts; fit, keep and apply maps of the first."""
    from dataclasses import replace

    from lossctl.calibrating import calibrate_data
    from lossctl.cli.output import (
        choose_format,
        deliver,
        display_of,
        files_of,
        note,
        publish,
        read_digits,
        read_reports,
        reported,
    )
    from lossctl.evaluation import places_of
    from lossctl.gates.calibration import gates_of, read_limits
    from lossctl.io.output_places import check_outputs
    from lossctl.probability_reading import PAIRS
    from lossctl.report.calibration import render

    reports = read_reports(report)
    with reported(reports, TITLE):
        form = choose_format(form, output)
        shown_digits = read_digits(digits, form)
        if forecast is not None:
            asked = read_forecasts(forecast, files, texts)
            maps = {"recalibrate": recalibrate, "save": save, "apply": apply}
            maps["recalibrated"] = recalibrated
            place = Output(form, shown_digits, output, reports)
            place.check(asked)
            raise typer.Exit(calibrate_forecast(asked, fail_over, maps, place))
        limits = read_limits(fail_over)
        request = read_request(files, texts, recalibrate, apply)
        _require_maps(request, save, recalibrated)
        written = {"save": save, "recalibrated": recalibrated, "output": output}
        check_outputs(
            {**places_of(request.data, [PAIRS]), "map": apply},
            [],
            {
                **{name: [path] for name, path in written.items() if path is not None},
                "report": files_of(reports),
            },
        )
        if len(request.data.by_place) == 1 and apply is not None and recalibrated is not None:
            if limits or reports:
                raise UsageError("gates and reports need targets; give the targets too")
            _write_probabilities(request, recalibrated)
            return
        found = calibrate_data(request)
        found = replace(found, gates=tuple(gates_of(found, limits)))
        if save is not None and found.recalibrator is not None:
            _save(found.recalibrator, save)
        if recalibrated is not None and found.recalibrator is not None:
            mapped = replace(found.recalibrator, classes=())  # they are in the order of the data
            _write_probabilities(request._replace(recalibrator=mapped), recalibrated)
        deliver(render(found, form, display_of(output, shown_digits)), output)
        for line in found.notes if form not in {"json", "jsonl"} else ():
            note(line)
        fails = any(gate.fails for gate in found.gates)
        _complain(found.gates)
        publish(reports, partial(_summary, found))
    raise typer.Exit(GATE_FAILED if fails else OK)


def _summary(found: "Calibration") -> "Summary":
    """Return what reports say: the outcomes of gates, and everything for a page."""
    from lossctl.report.calibration import summary_of
    from lossctl.report.html.contents import of_calibration

    return summary_of(found)._replace(sections=partial(of_calibration, found))


def _complain(gates: Sequence[Any]) -> None:
    from lossctl.cli.output import complain

    for gate in gates:
        if gate.fails:
            complain(gate.sentence())


def read_request(
    files: Sequence[str] | None,
    texts: dict[str, Any],
    recalibrate: str | None = None,
    apply: Path | None = None,
) -> "Request":
    """Read what the shell says of the data, of how it is read, and of maps."""
    from lossctl.calibrating import Request, method_of, read_recalibrator
    from lossctl.core.options import Options
    from lossctl.probability_reading import spec

    data = data_of([spec()], files, texts)
    options = Options(**cli.read_shared(texts))
    if recalibrate is not None and apply is not None:
        raise UsageError("--recalibrate fits a map, --apply takes one: say one of them")
    method = None if recalibrate is None else method_of(recalibrate)
    recalibrator = None if apply is None else read_recalibrator(apply)
    return Request(data, options, method, recalibrator)


def _require_maps(request: "Request", save: Path | None, recalibrated: Path | None) -> None:
    """Refuse files that nothing would be written to."""
    if save is not None and request.method is None:
        raise UsageError("--save keeps a fitted map; say which with --recalibrate")
    if recalibrated is not None and request.method is None and request.recalibrator is None:
        raise UsageError("--recalibrated: say the map with --recalibrate or --apply")
    if recalibrated is not None and recalibrated.suffix.lower() != ".npy":
        raise UsageError(f"--recalibrated {recalibrated}: writes npy files alone")


def _write_probabilities(request: "Request", path: Path) -> None:
    from lossctl.calibrating import recalibrated
    from lossctl.cli.output import note
    from lossctl.io.write import write_array

    probabilities, notes = recalibrated(request)
    write_array(path, probabilities)
    for line in notes:
        note(line)


def _save(recalibrator: Any, path: Path) -> None:
    from lossctl.io.write import write_text
    from lossctl.report.formats import json_document

    write_text(path, json_document(recalibrator.to_dict()) + "\n")
