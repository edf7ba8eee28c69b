"""The Python function :func:`lossctl.plot`: pictures that can be shown, saved and read as data."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lossctl.core.errors import UsageError
from lossctl.core.spelling import did_you_mean, option
from lossctl.pictures.picture import Picture
from lossctl.report.pictures.makers import MAKERS
from lossctl.report.pictures.palette import PALETTES, Theme


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
        ``curve``, ``reliability``, ``pit``, ``landscape``, ``residuals``, ``confusion``,
        ``compare``, ``series``, ``front`` or ``items``.
    *inputs
        Of curves the losses, as names, specs or ``Loss`` objects; of ``compare`` the models, of
        ``series`` the targets, of ``front`` the configuration; else predictions and targets, as
        for :func:`lossctl.compute`.
    theme
        ``light`` or ``dark``.
    **keywords
        Of curves ``over``, ``sweep`` (values by parameter), ``low`` and ``high``; of landscapes and
        items ``loss``; of confusion ``threshold``; of series ``series`` or ``log``, ``loss``,
        ``metric`` and ``higher_is_better``; of the front ``sweep``, and what :func:`lossctl.run`
        takes of ``data``, ``sets`` and ``threads``; of ``compare``, ``reliability`` and ``pit``
        what :func:`lossctl.compare`, :func:`lossctl.calibrate` and
        :func:`lossctl.calibrate_forecast` take. Inputs by name, data and options are as for
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
    if picture not in MAKERS:
        hint = did_you_mean(picture, MAKERS)
        raise UsageError(f"pictures are {', '.join(MAKERS)}, got {picture!r}{hint}")
    chosen = theme_of(theme)
    return Drawing(MAKERS[picture](inputs, keywords), chosen)
