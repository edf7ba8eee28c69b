"""Train candidates on features, fold by fold."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from lossctl.core.errors import DataError, UsageError
from lossctl.core.loss import Array
from lossctl.racing.candidates import Candidate
from lossctl.racing.drawings import Drawing, HeldOut
from lossctl.racing.feature_table import Columns
from lossctl.racing.raced_rows import Rows, one_score
from lossctl.racing.training import trained


@dataclass(frozen=True)
class Trainer:
    """Models of one kind on the same rows; candidates that fail are named in `failures`."""

    model: str
    rows: Rows
    columns: Columns
    candidates: Mapping[str, Candidate]
    failures: dict[str, str]

    def held_out(self, drawing: Drawing, seed: int) -> HeldOut:
        """Train every candidate for every fold of a drawing, and predict the rows it judges."""
        predictions: dict[str, Array] = {}
        for fold in drawing.folds:
            fit, judged = drawing.trains(fold), drawing.judges(fold)
            features = self.columns.standardised(fit)
            for name, candidate in self.candidates.items():
                if name in self.failures:
                    continue
                try:
                    found = self._predicted(candidate, features, fit, judged, seed + fold)
                except (DataError, UsageError) as error:
                    self.failures[name] = f"fold {fold}: {error}"
                    continue
                shape = (len(self.rows.targets), *found.shape[1:])
                predictions.setdefault(name, np.zeros(shape))[judged] = found
        return HeldOut(drawing, predictions)

    def _predicted(
        self, candidate: Candidate, features: Array, fit: Array, judged: Array, seed: int
    ) -> Array:
        classes = self.rows.classes
        targets = self.rows.targets[fit]
        scorer = trained(candidate, self.model, features[fit], targets, classes=classes, seed=seed)
        found = scorer(features[judged])
        return one_score(found) if classes == 2 else found
