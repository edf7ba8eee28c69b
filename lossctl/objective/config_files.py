"""Configuration files: loaded with what they extend and what the command line overrides; started.

:func:`load` reads the documents of a file, :func:`init` writes a file to start from.
"""

import json
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from lossctl.core.errors import Mistakes, UsageError
from lossctl.core.spelling import did_you_mean, option, visible
from lossctl.io.streams import read_document
from lossctl.io.write import check_folder, real_path, write_text
from lossctl.losses.catalogue import RECIPES, is_recipe
from lossctl.objective.config import Config, schema
from lossctl.objective.config_record import read_record
from lossctl.objective.recipe import Recipe, expanded, get_recipe
from lossctl.objective.yaml_nodes import (
    Place,
    PlacedText,
    YamlList,
    YamlMapping,
    YamlNode,
    YamlScalar,
    describe_names,
    described,
    node_of,
    parse_documents,
    read_documents,
    refuse,
)

MOST_EXTENDS = 8
MOST_DOCUMENTS = 64
FILES = (str, Path, Mapping, type(None))  # what stands for a file under data; all else is an array
IN_MEMORY = "(an array)"

SCHEMA_NAME = "lossctl.schema.json"
HEADER = f"# yaml-language-server: $schema={SCHEMA_NAME}\n"

KINDS = ("objective", "logic", *RECIPES)
TEMPLATES = files("lossctl.objective").joinpath("templates")


def load(
    path: Path, sets: Sequence[str] = (), data: Mapping[str, str] | None = None
) -> list[Config]:
    """Load every document of a file.

    Parameters
    ----------
    path
        The file.
    sets
        ``key.path=value`` entries that take the place of those in the file.
    data
        Files that take the place of those under ``data``, by name.

    Raises
    ------
    UsageError
        With every mistake, each with file, line and column.
    """
    documents = read_documents(path)
    if not documents:
        raise UsageError(f"{path}:1:1: the file is empty")
    if len(documents) > MOST_DOCUMENTS:
        refuse(documents[MOST_DOCUMENTS].place, f"more than {MOST_DOCUMENTS} documents")
    mistakes, configs = Mistakes(), []
    for node in documents:
        with mistakes:
            configs.append(_load_document(node, path, sets, data or {}))
    mistakes.raise_any()
    return configs if len(configs) == 1 else _numbered(configs)


def load_mapping(
    mapping: Mapping[str, Any], sets: Sequence[str] = (), data: Mapping[str, str] | None = None
) -> tuple[Config, dict[str, Any]]:
    """Load what a file would hold as Python data; under ``data`` arrays may stand for files.

    Files are relative to the current folder.

    Returns
    -------
    Config, dict
        The document, and the arrays by name.

    Raises
    ------
    UsageError
        With every mistake, each with the path of its key.
    """
    data_entries = mapping.get("data")
    entries = data_entries if isinstance(data_entries, Mapping) else {}
    arrays = {str(n): value for n, value in entries.items() if not isinstance(value, FILES)}
    files = {n: IN_MEMORY if str(n) in arrays else value for n, value in entries.items()}
    plain = {**mapping, "data": files} if entries else mapping
    path = Path("configuration")
    node = node_of(plain, Place(path, line=0, label=str(path)))
    config = _load_document(node, path, sets, data or {})
    return config, {name: value for name, value in arrays.items() if name not in (data or {})}


def _numbered(configs: Sequence[Config]) -> list[Config]:
    """Name documents that have no name by the file and their place in it."""
    named = []
    for number, config in enumerate(configs, 1):
        name = config.name or PlacedText(f"{config.place.file.stem}_{number}", config.place)
        named.append(config.model_copy(update={"name": name}))
    return named


def _load_document(
    node: YamlNode, path: Path, sets: Sequence[str], data: Mapping[str, str]
) -> Config:
    document, mistakes = extended(node, (real_path(path),)), Mistakes()
    # After `extends`, so that --data and --set reach what a file below declares.
    for name, file in data.items():
        with mistakes:
            document = _set_data(document, name, file)
    for text in sets:
        with mistakes:
            document = _set(document, text)
    mistakes.raise_any()
    return read_config(document)


def read_config(node: YamlNode) -> Config:
    """Check a whole document and return it typed."""
    if isinstance(node, YamlMapping):
        node = expanded(node, merged)
    return read_record(Config, node)


def extended(node: YamlNode, chain: tuple[Path, ...]) -> YamlNode:
    """Return a document merged over the one it extends."""
    if not isinstance(node, YamlMapping):
        refuse(node.place, f"a configuration is a mapping of keys, got {described(node)}")
    base = node.entries.get("extends")
    if base is None:
        return node
    if not isinstance(base, YamlScalar) or not isinstance(base.value, str) or not base.value:
        refuse(base.place, f"extends must be a file, got {described(base)}")
    path = base.place.folder / base.value
    if real_path(path) in chain:
        names = " -> ".join(visible(file.name) for file in (*chain, real_path(path)))
        refuse(base.place, f"extends is circular: {names}")
    if len(chain) > MOST_EXTENDS:
        refuse(base.place, f"extends is nested more than {MOST_EXTENDS} files deep")
    try:
        text = read_document(path, "configuration")
    except UsageError as error:
        refuse(base.place, str(error))
    documents = parse_documents(text, path)
    if len(documents) != 1:
        refuse(base.place, f"{visible(base.value)} holds {len(documents)} documents, not one")
    below = extended(documents[0], (*chain, real_path(path)))
    rest = {name: entry for name, entry in node.entries.items() if name != "extends"}
    places = {name: place for name, place in node.places.items() if name != "extends"}
    return merged(below, YamlMapping(rest, places, node.place))


def merged(below: YamlNode, above: YamlNode) -> YamlNode:
    """Merge mappings key by key; anything else above takes the place of what is below."""
    if not isinstance(below, YamlMapping) or not isinstance(above, YamlMapping):
        return above
    entries, places = dict(below.entries), dict(below.places)
    for name, entry in above.entries.items():
        entries[name] = merged(entries[name], entry) if name in entries else entry
        places[name] = above.places[name]
    return YamlMapping(entries, places, above.place)


def _outside(option: str) -> Place:
    """The place of what stands on the command line; its paths are relative to here."""
    return Place(Path.cwd() / "command-line", label=option)


def _set(node: YamlNode, text: str) -> YamlNode:
    keys, equals, value = text.partition("=")
    if not equals or not keys.strip(". "):
        raise UsageError(f"{option('sets')} {visible(text)}: expected key.path=value")
    place = _outside(f"{option('sets')} {visible(keys)}")
    documents = parse_documents(value, place.file, place.label)
    if len(documents) > 1:
        refuse(place, "one value was expected")
    new = documents[0] if documents else YamlScalar(None, place)
    return _replaced(node, keys.strip().split("."), new, place)


def _set_data(node: YamlNode, name: str, path: str) -> YamlNode:
    place = _outside(f"{option('data')} {visible(name)}")
    assert isinstance(node, YamlMapping)  # noqa: S101 - `extended` has checked it
    known = node.entries.get("data")
    names = known.entries if isinstance(known, YamlMapping) else {}
    if name not in names:
        listed = f"; it has {describe_names(list(names))}" if names else ""
        hint = did_you_mean(name, names) or listed
        refuse(place, f"there is no data {visible(repr(name))}{hint}")
    keys = ["data", name] + (["file"] if isinstance(names[name], YamlMapping) else [])
    return _replaced(node, keys, YamlScalar(path, place), place)


def _replaced(node: YamlNode, keys: Sequence[str], new: YamlNode, place: Place) -> YamlNode:
    """Return the node with the entry at a path replaced, or added to a mapping."""
    if not keys:
        return new
    key, *rest = keys
    if isinstance(node, YamlList):
        at = _index(node, key, place)
        entries = list(node.entries)
        entries[at] = _replaced(entries[at], rest, new, place)
        return YamlList(tuple(entries), node.place)
    if not isinstance(node, YamlMapping):
        if not isinstance(node, YamlScalar) or node.value is not None:
            refuse(place, f"there is {described(node)} in the place of {visible(key)}")
        node = YamlMapping({}, {}, place)
    below = node.entries.get(key, YamlScalar(None, place))
    entries_by_name = dict(node.entries) | {key: _replaced(below, rest, new, place)}
    return YamlMapping(entries_by_name, dict(node.places) | {key: place}, node.place)


def _index(node: YamlList, key: str, place: Place) -> int:
    """Return the position a key names in a list: a number, or the name of a term."""
    names = []
    for number, entry in enumerate(node.entries):
        if isinstance(entry, YamlMapping):
            name = entry.entries.get("name", entry.entries.get("loss"))
            names.append(name.value if isinstance(name, YamlScalar) else None)
            if names[-1] == key:
                return number
    if key.isascii() and key.isdigit() and len(key) < 7 and int(key) < len(node.entries):
        return int(key)
    known = [name for name in names if isinstance(name, str)]
    hint = did_you_mean(key, known)
    return refuse(place, f"no entry {visible(repr(key))} among the {len(node.entries)} there{hint}")


def init(
    path: str | Path = "objective.yaml", *, kind: str = "objective", force: bool = False
) -> Path:
    """Write a configuration to start from, and beside it the schema that editors check it with.

    Parameters
    ----------
    path
        The file to write.
    kind
        ``objective`` (values of rules and constraints from files), ``logic`` (rules and
        constraints as formulas), or a recipe.
    force
        Whether to overwrite a file that exists.

    Returns
    -------
    Path
        The file; its schema is ``lossctl.schema.json`` in the same folder.

    Raises
    ------
    UsageError
        For another kind, and a file that exists or cannot be written.
    """
    path = Path(path)
    if kind not in KINDS:
        hint = did_you_mean(kind, KINDS)
        raise UsageError(f"kind must be one of {', '.join(KINDS)}, got {kind!r}{hint}")
    check_folder(path)
    if path.exists() and not force:
        raise UsageError(f"{path} already exists; force overwrites it")
    write_text(path, starter(kind))
    schema_of_configurations = json.dumps(schema(), indent=2, ensure_ascii=False)
    write_text(path.parent / SCHEMA_NAME, schema_of_configurations + "\n")
    return path


def starter(kind: str) -> str:
    """Return a configuration with its header for editors."""
    if is_recipe(kind):
        return HEADER + _of_recipe(get_recipe(kind))
    return HEADER + TEMPLATES.joinpath(f"{kind}.yaml").read_text(encoding="utf-8")


def _of_recipe(recipe: Recipe) -> str:
    lines = [f"# {recipe.title}: {recipe.summary}", "version: 1", f"recipe: {recipe.id}", "params:"]
    for param in recipe.params:
        default = str(param.default).removesuffix(".0")
        lines.append(f"  {param.name}: {default}  # {param.domain.describe()}: {param.help}")
    lines.append("data:")
    for entry in recipe.inputs:
        mark = "# " if entry.optional else ""
        lines.append(f"  {mark}{entry.name}: {entry.name}.npy  # {entry.help}")
    return "\n".join(lines) + "\n"
