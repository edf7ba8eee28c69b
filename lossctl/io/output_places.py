"""Which files a request writes, checked before any work: none coincide, or are inputs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any, NamedTuple

from lossctl.core.errors import UsageError
from lossctl.core.loss import Loss
from lossctl.core.spelling import option
from lossctl.core.threads import is_elsewhere
from lossctl.io.file_formats import FileFormat, written_form
from lossctl.io.input_files import InTable, split_selector
from lossctl.io.multi_file import files_of
from lossctl.io.part_files import is_part, manifest_of
from lossctl.io.write import (
    check_array_path,
    check_folder,
    form_of,
    real_path,
    require_extra,
)


class PerItem(NamedTuple):
    """Where values per item go: a file, or a stream; the format, where no suffix says it."""

    place: str | Path | IO[bytes]
    form: str | None = None

    def places(self, losses: Sequence[str]) -> Sequence[Path | IO[bytes]]:
        """Return the file or the stream of each loss id."""
        if isinstance(self.place, str | Path) or not hasattr(self.place, "write"):
            return paths_for(self.place, "per_item", losses)
        if len(losses) > 1:
            raise UsageError(
                f"{option('per_item')}: several losses would write into one another; write files, "
                "with {loss} in the name"
            )
        return [self.place]

    def check(self, losses: Sequence[str]) -> list[Path]:
        """Return the files that are written; refuse those that cannot be."""
        places = self.places(losses)
        if not isinstance(self.place, str | Path):
            require_extra(written_form(self.form or "csv"))
        return [check_array_path(p, self.form) for p in places if isinstance(p, Path)]

    def form_of(self, place: Path | IO[bytes]) -> FileFormat:
        """Return the format that a place is written in."""
        if isinstance(place, Path):
            return form_of(place, self.form)
        return written_form(self.form or "csv")


def paths_for(template: Any, name: str, losses: Sequence[str]) -> list[Path]:
    """Return the file of each loss id; several losses need ``{loss}`` in the name."""
    if not isinstance(template, str | Path):
        raise UsageError(f"{option(name)}: must be the name of a file, got {template!r}")
    template = str(template)
    if not template:
        raise UsageError(f"{option(name)}: the name of the file is empty")
    paths = [Path(template.replace("{loss}", loss_id)) for loss_id in losses]
    if len(set(losses)) < len(losses):
        twice = next(loss_id for loss_id in losses if losses.count(loss_id) > 1)
        raise UsageError(
            f"{option(name)}: {twice} is requested twice and both would write the same file; "
            "compute them separately"
        )
    if len(set(paths)) < len(paths):
        raise UsageError(
            f"{option(name)}: several losses would write {paths[0]}; include {{loss}} in the name"
        )
    return paths


def check_outputs(
    places: Mapping[str, Any],
    targets: Sequence[Any],
    texts: Mapping[str, Sequence[Path]],
    per_item: PerItem | None = None,
    gradient: str | None = None,
) -> None:
    """Refuse output files that cannot be written, coincide, or are inputs, before any work.

    `places` says where each input is, `targets` are the losses and recipes, and `texts` the files
    of text that the caller writes, by the name of their option.
    """
    ids = [target.id for target in targets]
    written: dict[str, Sequence[Path]] = {name: paths for name, paths in texts.items() if paths}
    if per_item is not None:
        written["per_item"] = per_item.check(ids)
    if gradient is not None:
        losses = [target for target in targets if isinstance(target, Loss)]
        of_losses = gradient_paths(gradient, losses)
        written["gradient"] = [check_array_path(path) for paths in of_losses for path in paths]
    inputs = input_places(places) if written else {}
    require_free(written, inputs)
    _require_free_parts(written, inputs, None if per_item is None else per_item.form)


def _require_free_parts(
    written: Mapping[str, Sequence[Path]], inputs: Mapping[Path, str], form: str | None
) -> None:
    """Refuse arrays whose part files, or manifests, would take the place of inputs.

    Without a cluster a manifest of an earlier run, and its parts, are removed: those are no inputs.
    """
    for name in ("per_item", "gradient"):
        for path in map(real_path, written.get(name, ())):
            is_npy = form_of(path, form if name == "per_item" else None).name == "npy"
            if not (is_elsewhere() or (is_npy and manifest_of(path).exists())):
                continue
            for place, what in inputs.items():
                if place == manifest_of(path) or is_part(place, path):
                    raise UsageError(f"{option(name)}: parts of {path} would overwrite the {what}")


def manifests(
    targets: Sequence[Any], per_item: PerItem | None, gradient: str | None
) -> dict[Path, Path]:
    """Return the manifests of arrays that a cluster wrote, by what the arrays were asked for as."""
    paths: list[Path] = []
    if per_item is not None:
        places = per_item.places([target.id for target in targets])
        forms = {place: per_item.form_of(place) for place in places if isinstance(place, Path)}
        paths += [path for path, form in forms.items() if form.name == "npy"]
    if gradient is not None:
        of_losses = gradient_paths(gradient, [one for one in targets if isinstance(one, Loss)])
        paths += [p for each in of_losses for p in each if form_of(p).name == "npy"]
    return {path: manifest_of(path) for path in paths}


def require_free(written: Mapping[str, Sequence[Path]], inputs: Mapping[Path, str]) -> None:
    """Refuse files, by the option that names them, that are inputs, or the same file twice."""
    seen: dict[Path, str] = {}
    for name, paths in written.items():
        for path in paths:
            place = real_path(check_folder(path))
            if place in inputs:
                raise UsageError(f"{option(name)}: {path} would overwrite the {inputs[place]}")
            if place in seen:
                raise UsageError(f"{option(name)}: {path} would also be written by {seen[place]}")
            seen[place] = option(name)


def input_places(places: Mapping[str, Any]) -> dict[Path, str]:
    """Return the files that inputs are read from, each with the name of its input."""
    files: dict[Path, str] = {}
    for name, place in places.items():
        where = place.table if isinstance(place, InTable) else place
        if isinstance(where, str | Path):
            text = str(where) if isinstance(place, InTable) else split_selector(str(where))[0]
            files |= {real_path(path): name for path in files_of(text)}
    return files


def gradient_paths(template: str | Path, losses: Sequence[Loss]) -> list[list[Path]]:
    """Return the files of each loss, one for each input it has a gradient of.

    Several losses need ``{loss}`` in the name, several inputs ``{input}``.
    """
    paths = []
    for base, loss in zip(
        paths_for(template, "gradient", [loss.id for loss in losses]), losses, strict=True
    ):
        names = differentiable(loss)
        files = [Path(str(base).replace("{input}", name)) for name in names]
        if len(set(files)) < len(files):
            raise UsageError(
                f"{option('gradient')}: {loss.id} has gradients of {', '.join(names)}; "
                "include {input} in the name of the file"
            )
        paths.append(files)
    return paths


def differentiable(loss: Loss) -> list[str]:
    """Return the names of the inputs a loss has gradients of."""
    return [entry.name for entry in loss.inputs if entry.differentiable]
