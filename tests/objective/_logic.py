"""An objective of every kind of part, on the sample data of rules and constraints."""

from pathlib import Path

import numpy as np

ROOT = Path(__file__).parents[2]
LOGIC = ROOT / "sample_data/logic"
FILE = """\
version: 1
data:
  predictions: {logic}/class_preds.npy
  targets: {logic}/class_targets.npy
  r: {logic}/rules.npy
  c: {logic}/constraints.npy
supervised: cross_entropy
rules: [{{name: knowledge, values: r}}]
constraints: [{{name: feasible, values: c}}]
weights: {{rule: 2.0, constraint: 5.0}}
"""


def wanted() -> float:
    p, y = np.load(LOGIC / "class_preds.npy"), np.load(LOGIC / "class_targets.npy")
    r, c = np.load(LOGIC / "rules.npy"), np.load(LOGIC / "constraints.npy")
    cross = -np.log(p[np.arange(len(y)), y]).mean()
    return cross + 2.0 * ((1 - r) ** 2).mean() + 5.0 * (10.0 * np.maximum(c, 0) ** 2).mean()
