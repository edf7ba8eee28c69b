"""The corpus of malformed inputs: code that builds them, so that nothing binary is kept."""

from tests.io import _formats, _npy, _npz, _options, _tables, _values
from tests.io._case import Case, unique

CASES: tuple[Case, ...] = unique(
    case for part in (_npy, _npz, _tables, _values, _options, _formats) for case in part.cases()
)
NONFINITE: tuple[Case, ...] = unique(_values.nonfinite())
