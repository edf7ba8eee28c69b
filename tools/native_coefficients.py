"""Print the coefficients of native/elementary.h: ``python tools/native_coefficients.py``.

Each polynomial goes through the Chebyshev points of a function, in many digits, and is rounded: it
is near the best there is. Beside it stands how far it is from the function then.
"""

from collections.abc import Callable
from typing import Any

import mpmath
import numpy as np

Number: Any = mpmath.mpf


def exponential(r: Any) -> Any:
    """(e^r − 1 − r) / r²."""
    return (mpmath.expm1(r) - r) / r**2 if abs(r) > 1e-12 else Number(0.5) + r / 6


def logarithm(f: Any) -> Any:
    """(log(1 + f) − f + f²/2) / f³."""
    return (mpmath.log1p(f) - f + f * f / 2) / f**3 if abs(f) > 1e-12 else Number(1) / 3 - f / 4


def arctangent(z: Any) -> Any:
    """(2 artanh s − 2 s) / (s z) for z = s²."""
    s = mpmath.sqrt(z)
    return (2 * mpmath.atanh(s) - 2 * s) / (s * z) if z > 1e-20 else Number(2) / 3


def share(e: Any) -> Any:
    """(log(1 + e) − e) / e²."""
    return (mpmath.log1p(e) - e) / e**2 if e > 1e-15 else Number(-0.5)


def show(
    name: str, function: Callable[[Any], Any], ends: tuple[Any, Any], degree: int, kind: Any
) -> None:
    """Print the coefficients of a polynomial, of the constant first, and its greatest error."""
    exact = mpmath.chebyfit(function, list(ends), degree + 1)[::-1]
    rounded = [float(kind(float(c))) for c in exact]
    error = max(
        abs(function(x) - sum(Number(c) * x**k for k, c in enumerate(rounded)))
        for x in mpmath.linspace(*ends, 999)
    )
    print(f"{name}: within {mpmath.nstr(error, 2)}")
    print("   ", ", ".join(c.hex() for c in rounded))


def main() -> None:
    """Print all of them."""
    mpmath.mp.dps = 60
    half = mpmath.log(2) / 2 * Number("1.001")
    low, high = mpmath.sqrt(0.5) - 1 - 1e-6, mpmath.sqrt(2) - 1 + 1e-6
    most = ((mpmath.sqrt(2) - 1) / (mpmath.sqrt(2) + 1)) ** 2
    show("f32_reduce", exponential, (-half, half), 5, np.float32)
    show("f32_log_of_parts", logarithm, (low, high), 8, np.float32)
    show("f32_log1p_of_share", share, (Number(0), Number(1)), 8, np.float32)
    show("f64_reduce", exponential, (-half, half), 10, np.float64)
    show("f64_log_of_parts", arctangent, (Number(0), most), 6, np.float64)


if __name__ == "__main__":
    main()
