"""Write the index of lists and pages from the declarations.

The build runs `python -m lossctl.report.index_writing` in a process of its own, so that the modules
which are loaded then are those that the lists and pages are made from.
"""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from lossctl.core.errors import LossctlError
from lossctl.core.spelling import at_door
from lossctl.losses.catalogue import CATALOGUE, RECIPES, get, names
from lossctl.losses.framework_names import spelled_names
from lossctl.metrics import known_metrics
from lossctl.objective.recipe import get_recipe
from lossctl.report import index
from lossctl.report.listed import every_listed
from lossctl.report.metric_listing import metrics_found
from lossctl.report.page import page_of, target_of

DECLARATIONS = ("losses/*.toml", "objective/recipes/*.yaml")  # what is read beside modules


def index_text() -> str:
    """Return the index: a part a line, its name and after a tab what it is as JSON."""
    with at_door("shell"):
        known, targets = _names()
        parts: dict[str, Any] = {
            "losses": list(every_listed()),
            "metrics": metrics_found(),
            "names": known,
            "params": _params(),
        }
        parts |= {f"page {each.id}": _page(each) for each in targets.values()}
    files = _sources()
    sources = {"files": files, "checksum": index.checksum(index.PACKAGE, files)}
    return "".join(
        f"{name}\t{json.dumps(part, allow_nan=False, ensure_ascii=False)}\n"
        for name, part in ({"sources": sources} | parts).items()
    )


def _names() -> tuple[Mapping[str, tuple[str, str]], Mapping[str, Any]]:
    """Return for every name that stands for one thing its id and what it sets; the things by id."""
    known, targets = {}, {}
    every = [*names(), *RECIPES, *known_metrics.spelled_names(), *spelled_names()]
    for name in dict.fromkeys(every):
        try:
            target, preset = target_of(name)
        except LossctlError:  # of several losses, or of none here: the error says which
            continue
        known[name] = (target.id, "" if preset is None else preset.note)
        targets[target.id] = target
    return known, targets


def _page(target: Any) -> Mapping[str, Any]:
    """Return what stands on a page, without what a name sets."""
    page = page_of(target)._asdict()
    del page["note"]
    return page


def _params() -> Mapping[str, list[str]]:
    """Return the names of parameters by the names whose parameters are completed."""
    found = {name: [param.name for param in get_recipe(name).params] for name in RECIPES}
    for name in dict.fromkeys([*CATALOGUE, *spelled_names()]):
        try:
            found.setdefault(name, [param.name for param in get(name).params])
        except LossctlError:
            continue
    return found


def _sources() -> list[str]:
    """Return the files that were read: modules that are loaded, and declarations."""
    loaded = [getattr(module, "__file__", None) for module in [*sys.modules.values()]]
    files = {Path(file) for file in loaded if file and file.endswith(".py")}
    files |= {file for pattern in DECLARATIONS for file in index.PACKAGE.glob(pattern)}
    inside = [file for file in files if file.is_relative_to(index.PACKAGE)]
    return sorted(file.relative_to(index.PACKAGE).as_posix() for file in inside)


if __name__ == "__main__":
    (index.PACKAGE / "report" / index.FILE).write_text(index_text(), encoding="utf-8")
