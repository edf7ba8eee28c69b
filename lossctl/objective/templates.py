"""Configurations to start from, written by `lossctl init`."""

import json
from pathlib import Path

from lossctl.core.errors import UsageError
from lossctl.core.spelling import did_you_mean
from lossctl.io.write import check_folder, write_text
from lossctl.objective.model import schema
from lossctl.objective.recipe import Recipe, get_recipe
from lossctl.objective.recipes import RECIPES, is_recipe

SCHEMA_NAME = "lossctl.schema.json"
HEADER = f"# yaml-language-server: $schema={SCHEMA_NAME}\n"

OBJECTIVE = """\
# A supervised loss with soft rules and constraints whose values were computed before.
# Paths are relative to this file. `lossctl run FILE` evaluates it.
version: 1
data:
  predictions: preds.npy              # npy, npz::name, csv::column, csv::p_*
  targets: targets.npy
  rule_values: rules.npy              # truth of each rule in each row, (N, rules)
  constraint_values: constraints.npy  # violated where above 0, (N, constraints)
supervised: {loss: cross_entropy}
rules: [{name: background_knowledge, values: rule_values}]
constraints: [{name: feasible, values: constraint_values}]
weights: {supervised: 1.0, rule: 2.0, constraint: 5.0}
temperature: 1.0
# gates: {total: 1.0, violation_rate: {feasible: 0.05}}   # exit code 1 when exceeded
"""

LOGIC = """\
# Rules and constraints written as formulas over the columns of a table.
# Paths are relative to this file. `lossctl run FILE` evaluates it.
version: 1
data:
  patients: patients.csv              # its columns are the names in the formulas
  predictions: patients.csv::risk
  targets: patients.csv::event
supervised: {loss: bce}
semantics: product                    # or godel, lukasiewicz
rules:
  - name: smokers
    formula: "smoker & ~exercises -> risk"
  - name: everyone_old
    formula: "age > 80 -> risk"
    quantifier: forall                # over the rows, or: over: hospital
    p: 2
constraints:
  - {name: dose, formula: "dose >= 0"}
  - {name: ordered, formula: "low <= high", penalty: linear}
weights: {supervised: 1.0, rule: 0.5, constraint: 1.0}
"""


KINDS = ("objective", "logic", *RECIPES)


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
        raise UsageError(f"{path} exists already; force overwrites it")
    write_text(path, starter(kind))
    schema_of_configurations = json.dumps(schema(), indent=2, ensure_ascii=False)
    write_text(path.parent / SCHEMA_NAME, schema_of_configurations + "\n")
    return path


def starter(kind: str) -> str:
    """Return a configuration with its header for editors."""
    if is_recipe(kind):
        return HEADER + _of_recipe(get_recipe(kind))
    return HEADER + (LOGIC if kind == "logic" else OBJECTIVE)


def _of_recipe(recipe: Recipe) -> str:
    lines = [f"# {recipe.title}: {recipe.summary}", "version: 1", f"recipe: {recipe.id}", "params:"]
    for param in recipe.params:
        default = str(param.default).removesuffix(".0")
        lines.append(f"  {param.name}: {default}  # {param.domain.describe()}: {param.help}")
    lines.append("data:")
    for one in recipe.inputs:
        mark = "# " if one.optional else ""
        lines.append(f"  {mark}{one.name}: {one.name}.npy  # {one.help}")
    return "\n".join(lines) + "\n"
