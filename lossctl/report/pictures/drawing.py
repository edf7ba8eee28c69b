"""The Python function :func:`lossctl.plot`: pictures that can be shown, saved and read as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lossctl.core.errors import UsageError
from lossctl.core.options import OPTIONS, Options
from lossctl.core.spelling import did_you_mean, option
from lossctl.data_places import DATA_NAMES, Data
from lossctl.engine.bind.inputs import input_names
from lossctl.loss_specs import given_spec
from lossctl.pictures.picture import Picture
from lossctl.report.pictures.palette import PALETTES, Theme

if TYPE_CHECKING:
    from lossctl.comparison_result import Comparisons

PICTURES = (
    "curve",
    "reliability",
    "landscape",
    "items",
    "residuals",
    "confusion",
    "compare",
    "series",
    "front",
)
OF_CURVES = ("over", "sweep", "low", "high")


@dataclass(frozen=True, repr=False)
class Drawing:
    """A picture: its numbers, what it says, and how it is drawn."""

    picture: Picture
    theme: Theme = "light"

    @property
    def sentences(self) -> Sequence[str]:
        """What the picture shows, in words."""
        return self.picture.sentences

    @property
    def facts(self) -> Mapping[str, Any]:
        """Single numbers and words by name."""
        return self.picture.facts

    def to_dict(self) -> dict[str, Any]:
        """Return the numbers as strict JSON data."""
        return self.picture.to_dict()

    def to_frame(self) -> Any:
        """Return the numbers as a pandas frame."""
        return self.picture.to_frame()

    def save(self, path: str | Path, theme: str | None = None) -> None:
        """Write a figure: the suffix says whether PNG, SVG or PDF.

        Raises
        ------
        UsageError
            For another suffix or theme, without Matplotlib, and for a file that cannot be written.
        """
        from lossctl.io.write import check_folder
        from lossctl.report.pictures.figures import SUFFIXES, save_figure

        file = Path(path)
        if file.suffix.lower() not in SUFFIXES:
            raise UsageError(f"{path}: figures are {', '.join(SUFFIXES)}")
        save_figure(self.picture, check_folder(file), theme_of(theme or self.theme))

    def __repr__(self) -> str:
        """Say what it shows in one line."""
        return repr(self.picture)

    def _repr_html_(self) -> str:
        return self.picture._repr_html_()

    def _repr_png_(self) -> bytes | None:
        from lossctl.report.pictures.figures import as_figure

        try:
            return as_figure(self.picture, ".png", self.theme)
        except UsageError:  # without Matplotlib a notebook shows the words
            return None


def theme_of(name: str) -> Theme:
    """Return a theme by its name.

    Raises
    ------
    UsageError
        For another name, with the nearest one.
    """
    for theme in PALETTES:
        if name == theme:
            return theme
    hint = did_you_mean(name, PALETTES)
    raise UsageError(f"{option('theme')} must be one of {', '.join(PALETTES)}, got {name!r}{hint}")


def plot(picture: str, *inputs: Any, theme: str = "light", **keywords: Any) -> Drawing:
    """Compute a picture of losses or of predictions, as ``lossctl plot`` does.

    Parameters
    ----------
    picture
        ``curve``, ``reliability``, ``landscape``, ``items``, ``residuals`` or ``confusion``.
    *inputs
        Of curves the losses, as names, specs or ``Loss`` objects; else predictions and targets, as
        for :func:`lossctl.compute`.
    theme
        ``light`` or ``dark``.
    **keywords
        Of curves ``over``, ``sweep`` (values by parameter), ``low`` and ``high``; of landscapes and
        items ``loss``; of confusion ``threshold``; and inputs by name, data and options as for
        :func:`lossctl.compute`.

    Returns
    -------
    Drawing
        ``.save("f.png")``, ``.to_dict()``, ``.to_frame()``, ``.sentences``.

    Raises
    ------
    UsageError, DataError
        For what there is no picture of.

    Examples
    --------
    >>> import lossctl
    >>> lossctl.plot("curve", "mse", low=-1.0, high=1.0).to_dict()["columns"]["value"][:1]
    [1.0]
    """
    if picture not in PICTURES:
        hint = did_you_mean(picture, PICTURES)
        raise UsageError(f"pictures are {', '.join(PICTURES)}, got {picture!r}{hint}")
    chosen = theme_of(theme)
    if picture == "curve":
        return Drawing(_curve(inputs, keywords), chosen)
    if picture == "compare":
        from lossctl.comparing import compare

        return Drawing(picture_of_comparison(compare(*inputs, **keywords)), chosen)
    return Drawing(_of_data(picture, inputs, keywords), chosen)


def _curve(losses: Sequence[Any], keywords: Mapping[str, Any]) -> Picture:
    from lossctl.pictures.curve import curve

    for name in keywords:
        if name not in OF_CURVES:
            raise UsageError(f"curve has no option {name!r}{did_you_mean(name, OF_CURVES)}")
    sweep = keywords.get("sweep")
    if sweep is not None and not isinstance(sweep, Mapping):
        raise UsageError(f"{option('sweep')}: must be values by parameter, got {sweep!r}")
    limits = (keywords.get("low"), keywords.get("high"))
    specs = [given_spec(loss, ()) for loss in losses]
    return curve(specs, keywords.get("over"), sweep, limits)


def picture_of_comparison(answer: "Comparisons") -> Picture:
    """Return the picture of a comparison, with what it says in words."""
    from lossctl.pictures.differences import differences
    from lossctl.report.comparisons import sentences_of
    from lossctl.report.formats import PLAIN

    return differences(answer, sentences_of(answer, PLAIN))


def _of_data(picture: str, inputs: Sequence[Any], keywords: dict[str, Any]) -> Picture:
    if picture == "reliability":
        from lossctl.calibrating import calibrate
        from lossctl.pictures.reliability import reliability

        return reliability(calibrate(*inputs, **keywords))
    if picture == "residuals":
        from lossctl.pictures.residuals import residuals
        from lossctl.pictures.residuals import spec as numbers

        return residuals(*_data(picture, inputs, keywords, input_names(numbers().target)))
    if picture == "series":
        return _series(inputs, keywords)
    if picture == "front":
        return picture_of_objective(*inputs, **keywords)
    if picture == "confusion":
        from lossctl.confusion_reading import count_labels
        from lossctl.confusion_reading import spec as labels
        from lossctl.pictures.confusion import confusion

        asked = labels(keywords.pop("threshold", None))
        data, options = _data(picture, inputs, keywords, input_names(asked.target))
        return confusion(count_labels(asked, data, options))
    from lossctl.pictures.items import items
    from lossctl.pictures.landscape import landscape

    if "loss" not in keywords:
        raise UsageError(f"{picture}: say which loss, loss='bce'")
    spec = given_spec(keywords.pop("loss"), inputs)
    data, options = _data(picture, inputs, keywords, input_names(spec.target))
    make = items if picture == "items" else landscape
    return make(spec, data, options)


def picture_of_objective(
    configuration: Any,
    *,
    sweep: str | None = None,
    sets: Sequence[str] = (),
    data: Mapping[str, Any] | None = None,
    threads: int | None = None,
) -> Picture:
    """Evaluate one objective for every candidate and return the picture of its front.

    Raises
    ------
    UsageError, DataError
        As for :func:`lossctl.run`; and for several objectives, and none of several candidates.
    """
    from lossctl.objective.run import run
    from lossctl.pictures.front import front

    results = run(configuration, sets=sets, data=data, threads=threads)
    if len(results) > 1:
        raise UsageError(f"a front is of one objective; the file holds {len(results)}")
    return front(results[0], sweep)


def _series(inputs: Sequence[Any], keywords: dict[str, Any]) -> Picture:
    from lossctl.comparing import measures
    from lossctl.pictures.over_time import picture_of_series, series_of

    specs = measures(keywords.pop("loss", ()), keywords.pop("metric", ()))
    names = list(dict.fromkeys(name for spec in specs for name in input_names(spec.target)))
    own = ("series", "log", "higher_is_better")
    said = {name: keywords.pop(name) for name in own if name in keywords}
    data, options = _data("series", inputs, keywords, names)
    return picture_of_series(series_of(specs, data, options, **said))


def _data(
    picture: str, inputs: Sequence[Any], keywords: Mapping[str, Any], names: Sequence[str]
) -> tuple[Data, Options]:
    """Tell where data is from how it is read."""
    by_kind: dict[str, dict[str, Any]] = {"data": {}, "options": {}, "inputs": {}}
    for name, value in keywords.items():
        kind = "data" if name in DATA_NAMES else "options" if name in OPTIONS else "inputs"
        if kind == "inputs" and name not in names:
            known = [*DATA_NAMES, *OPTIONS, *names, "loss"]
            raise UsageError(f"{picture} has no option {name!r}{did_you_mean(name, known)}")
        by_kind[kind][name] = value
    data = Data(inputs, by_kind["inputs"], **by_kind["data"])
    return data, Options(**by_kind["options"])
