"""Configurations to start from, written by `lossctl init`."""

from lossctl.objective.recipe import Recipe, get_recipe
from lossctl.objective.recipes import is_recipe

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
