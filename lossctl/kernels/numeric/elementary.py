"""Elementary functions, which take most of the time of most losses."""

import numpy as np

from lossctl.kernels.numeric.native import primitive

exp = primitive(np.exp)
expm1 = primitive(np.expm1)
log = primitive(np.log)
log1p = primitive(np.log1p)
tanh = primitive(np.tanh)
