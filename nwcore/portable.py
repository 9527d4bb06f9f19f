"""Elementary functions that any language can repeat to the last bit.

The logarithms, sines and powers of libraries differ in their last bits between platforms. These
use only what IEEE arithmetic fixes exactly, ``+ - * /``, comparisons, ``floor`` and shifts of the
exponent, in float64 and in the order written: one rounding an operation, no fused ``a * b + c``.
"""

import numpy as np
from numpy.typing import NDArray

_LN2 = 0.6931471805599453
_SQRT_HALF = 0.7071067811865476

# fdlibm, e_rem_pio2.c: π/2 = first + second + third, the first two of 33 bits, so that their
# products with an integer below 2**20 are exact.
_TWO_OVER_PI = 6.36619772367581382433e-01
_HALF_PI = (1.57079632673412561417e00, 6.07710050630396597660e-11, 2.02226624879595063154e-21)
_LARGEST_ANGLE = 2.0**19 * 1.5707963267948966

# fdlibm, k_sin.c and k_cos.c: (sin r − r)/r³ and (cos r − 1 + r²/2)/r⁴ in powers of r².
_SIN = (
    -1.66666666666666324348e-01,
    8.33333333332248946124e-03,
    -1.98412698298579493134e-04,
    2.75573137070700676789e-06,
    -2.50507602534068634195e-08,
    1.58969099521155010221e-10,
)
_COS = (
    4.16666666666666019037e-02,
    -1.38888888888741095749e-03,
    2.48015872894767294178e-05,
    -2.75573143513906633035e-07,
    2.08757232129817482790e-09,
    -1.13596475577881948265e-11,
)

# The binomial series of ((1 + e)^0.8 − 1)/e; |e| < 0.006, so 7 terms reach float64 precision.
_FOUR_FIFTHS = (0.8, -0.08, 0.032, -0.0176, 0.011264, -0.0078848, 0.00585728)


def horner(coefficients: tuple[float, ...], x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Evaluate a polynomial, constant term first, by Horner's rule.

    Parameters
    ----------
    coefficients : tuple of float
    x : ndarray of float64, any shape

    Returns
    -------
    ndarray of float64, same shape as `x`
    """
    total = np.full_like(x, coefficients[-1])
    for coefficient in reversed(coefficients[:-1]):
        total = total * x + coefficient
    return total


def log(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Natural logarithm by the atanh series, to 4 units in the last place.

    Parameters
    ----------
    x : ndarray of float64, any shape
        Positive and finite.

    Returns
    -------
    ndarray of float64, same shape as `x`
    """
    mantissa, exponent = np.frexp(x)
    small = mantissa < _SQRT_HALF
    mantissa = np.where(small, mantissa * 2.0, mantissa)
    exponent = np.where(small, exponent - 1, exponent)
    s = (mantissa - 1.0) / (mantissa + 1.0)  # |s| < 0.172, so 12 terms reach float64 precision
    series = horner(tuple(1.0 / (2 * k + 1) for k in range(12)), s * s)
    return exponent * _LN2 + 2.0 * s * series


def sin(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sine of an angle in radians, to 1 unit in the last place.

    Parameters
    ----------
    x : ndarray of float64, any shape
        Finite. Portable for \\|x| < 2**19 · π/2; beyond that the platform's own sine answers.

    Returns
    -------
    ndarray of float64, same shape as `x`

    References
    ----------
    Cody and Waite (1980), *Software Manual for the Elementary Functions*, for the reduction;
    Sun Microsystems (1993), fdlibm, for its constants and the polynomials.
    """
    portable = np.abs(x) < _LARGEST_ANGLE
    turns, angle, rest = _reduced(np.where(portable, x, 0.0))
    odd = np.floor(turns / 2.0) * 2.0 != turns
    value = np.where(odd, _cos_near_0(angle, rest), _sin_near_0(angle, rest))
    backwards = turns - 4.0 * np.floor(turns / 4.0) >= 2.0
    return np.where(portable, np.where(backwards, -value, value), np.sin(x))


def power_four_fifths(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """Raise to the power 0.8, to 1 unit in the last place.

    With x = t · 32^q and t in [0.5, 16), x^0.8 = t^0.8 · 16^q. A fifth root y of t that is rounded
    to 10 bits has exact powers, and t^0.8 = y⁴ (1 + e)^0.8 with a small e = t/y⁵ − 1.

    Parameters
    ----------
    x : ndarray of float64, any shape
        Finite and non-negative.

    Returns
    -------
    ndarray of float64, same shape as `x`
    """
    mantissa, exponent = np.frexp(x)
    q = exponent // 5
    t = np.ldexp(mantissa, exponent - 5 * q)
    root = _rounded_fifth_root(t)
    fourth = root * root * (root * root)
    fifth = fourth * root
    e = (t - fifth) / fifth
    power = fourth + fourth * (e * horner(_FOUR_FIFTHS, e))
    return np.where(x == 0.0, 0.0, np.ldexp(power, 4 * q))


def _reduced(
    x: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """Split x = turns · π/2 + angle + rest, with \\|angle| ≤ π/4 and a rest below its last bit."""
    turns = np.floor(x * _TWO_OVER_PI + 0.5)
    after_first = x - turns * _HALF_PI[0]
    second = turns * _HALF_PI[1]
    after_second = after_first - second
    lost = (after_first - after_second) - second
    third = turns * _HALF_PI[2] - lost
    angle = after_second - third
    return turns, angle, (after_second - angle) - third


def _sin_near_0(angle: NDArray[np.float64], rest: NDArray[np.float64]) -> NDArray[np.float64]:
    square = angle * angle
    cube = square * angle
    series = horner(_SIN[1:], square)
    return angle - ((square * (0.5 * rest - cube * series) - rest) - cube * _SIN[0])


def _cos_near_0(angle: NDArray[np.float64], rest: NDArray[np.float64]) -> NDArray[np.float64]:
    square = angle * angle
    series = square * square * horner(_COS, square)
    half = 0.5 * square
    head = 1.0 - half
    return head + (((1.0 - head) - half) + (series - angle * rest))


def _rounded_fifth_root(t: NDArray[np.float64]) -> NDArray[np.float64]:
    """Fifth root of t in [0.5, 16), to the nearest multiple of 1/512."""
    root = 0.9 + 0.05 * t
    for _ in range(4):  # Newton: from an error of 17 % at most to one below 1e-5
        square = root * root
        root = root + (t / (square * square) - root) / 5.0
    return np.floor(512.0 * root + 0.5) / 512.0
