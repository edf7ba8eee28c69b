"""The logarithm of the gamma function, also next to its zeros, where mpmath takes seconds."""

from mpmath import apery, euler, loggamma, mpf, pi

NEXT_TO = mpf(10) ** -50


def log_gamma(number: mpf) -> mpf:
    """Return log gamma(x); next to its zeros 1 and 2 by three terms of its Taylor series."""
    for zero, earlier in ((1, 0), (2, 1)):  # psi(2) is psi(1) + 1, and so on for its derivatives
        step = number - zero
        if abs(step) < NEXT_TO:
            slopes = (earlier - euler, pi**2 / 6 - earlier, 2 * earlier - 2 * apery)
            return step * (slopes[0] + step * (slopes[1] / 2 + step * slopes[2] / 6))
    return loggamma(number)
