"""Random draws that any language can repeat to the last bit.

The book draws the same data set in Python and in a web page, so its generator uses only what
IEEE arithmetic fixes exactly: 32-bit integer operations, ``+ - * /`` and ``sqrt``. Library
generators do not qualify: their normal deviates pass through ``log`` and ``cos``, whose last bits
differ between platforms. It is counter-based: draw number ``i`` depends on the seed and on ``i``
alone, so a larger data set begins with the points of a smaller one.
"""

import numpy as np
from numpy.typing import NDArray

from nwcore._checks import check_integer
from nwcore.portable import horner, log

MAX_SEED = 2**32 - 1

# Threefry-2x32 with 20 rounds: Salmon, Moraes, Dror & Shaw (2011), table 2.
_ROTATIONS = (13, 15, 26, 6, 17, 29, 16, 24)
_PARITY = 0x1BD11BDA
_ROUNDS = 20

# Wichura (1988), algorithm AS 241, routine PPND16: numerator and denominator, constant term first.
_CENTRE = (
    (
        3.3871328727963666080e0,
        1.3314166789178437745e2,
        1.9715909503065514427e3,
        1.3731693765509461125e4,
        4.5921953931549871457e4,
        6.7265770927008700853e4,
        3.3430575583588128105e4,
        2.5090809287301226727e3,
    ),
    (
        1.0,
        4.2313330701600911252e1,
        6.8718700749205790830e2,
        5.3941960214247511077e3,
        2.1213794301586595867e4,
        3.9307895800092710610e4,
        2.8729085735721942674e4,
        5.2264952788528545610e3,
    ),
)
_TAIL = (
    (
        1.42343711074968357734e0,
        4.63033784615654529590e0,
        5.76949722146069140550e0,
        3.64784832476320460504e0,
        1.27045825245236838258e0,
        2.41780725177450611770e-1,
        2.27238449892691845833e-2,
        7.74545014278341407640e-4,
    ),
    (
        1.0,
        2.05319162663775882187e0,
        1.67638483018380384940e0,
        6.89767334985100004550e-1,
        1.48103976427480074590e-1,
        1.51986665636164571966e-2,
        5.47593808499534494600e-4,
        1.05075007164441684324e-9,
    ),
)
_FAR_TAIL = (
    (
        6.65790464350110377720e0,
        5.46378491116411436990e0,
        1.78482653991729133580e0,
        2.96560571828504891230e-1,
        2.65321895265761230930e-2,
        1.24266094738807843860e-3,
        2.71155556874348757815e-5,
        2.01033439929228813265e-7,
    ),
    (
        1.0,
        5.99832206555887937690e-1,
        1.36929880922735805310e-1,
        1.48753612908506148525e-2,
        7.86869131145613259100e-4,
        1.84631831751005468180e-5,
        1.42151175831644588870e-7,
        2.04426310338993978564e-15,
    ),
)


def threefry2x32(
    key: tuple[int, int], counter: NDArray[np.uint32]
) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """Encrypt counters ``(counter, 0)`` under `key`: two random 32-bit words for each.

    Parameters
    ----------
    key : tuple of int
        Two integers in [0, 2**32).
    counter : ndarray of uint32, shape (n,)

    Returns
    -------
    tuple of ndarray of uint32, each of shape (n,)

    References
    ----------
    Salmon, Moraes, Dror and Shaw (2011), "Parallel random numbers: as easy as 1, 2, 3".
    """
    keys = [np.uint32(key[0]), np.uint32(key[1]), np.uint32(key[0] ^ key[1] ^ _PARITY)]
    with np.errstate(over="ignore"):  # arithmetic modulo 2**32 is meant
        left = counter + keys[0]
        right = np.zeros_like(counter) + keys[1]
        for step in range(_ROUNDS):
            turn = _ROTATIONS[step % 8]
            left = left + right
            right = (right << np.uint32(turn)) | (right >> np.uint32(32 - turn))
            right = right ^ left
            if step % 4 == 3:
                block = step // 4 + 1
                left = left + keys[block % 3]
                right = right + keys[(block + 1) % 3] + np.uint32(block)
    return left, right


def uniform(seed: int, stream: int, count: int) -> NDArray[np.float64]:
    """Draw `count` uniform numbers in [0, 1), each a multiple of 2**-53.

    Parameters
    ----------
    seed, stream : int
        Integers in [0, 2**32); different streams of one seed are independent.
    count : int
        How many numbers; the first k do not depend on `count`.

    Returns
    -------
    ndarray of float64, shape (count,)
    """
    return _words(seed, stream, count).astype(np.float64) * 2.0**-53


def normal(seed: int, stream: int, count: int) -> NDArray[np.float64]:
    """Draw `count` standard normal numbers by inverting the normal distribution function.

    Parameters and return value as for `uniform`.

    References
    ----------
    Wichura (1988), algorithm AS 241, relative accuracy about 1e-16.
    """
    # The middle of 2**52 equal cells: never 0 or 1, and exact in float64.
    probability = (
        (_words(seed, stream, count) >> np.uint64(1)).astype(np.float64) + 0.5
    ) * 2.0**-52
    return _normal_quantile(probability)


def _words(seed: int, stream: int, count: int) -> NDArray[np.uint64]:
    """Draw integers in [0, 2**53)."""
    seed = check_integer("seed", seed, low=0, high=MAX_SEED)
    high, low = threefry2x32((seed, stream), np.arange(count, dtype=np.uint32))
    high_bits = (high >> np.uint32(5)).astype(np.uint64) << np.uint64(26)
    return high_bits | (low >> np.uint32(6)).astype(np.uint64)


def _normal_quantile(probability: NDArray[np.float64]) -> NDArray[np.float64]:
    centred = probability - 0.5
    central = centred * _ratio(_CENTRE, 0.180625 - centred * centred)
    depth = np.sqrt(-log(np.minimum(probability, 1.0 - probability)))
    tail = np.where(depth <= 5.0, _ratio(_TAIL, depth - 1.6), _ratio(_FAR_TAIL, depth - 5.0))
    return np.where(np.abs(centred) <= 0.425, central, np.where(centred < 0.0, -tail, tail))


def _ratio(
    coefficients: tuple[tuple[float, ...], tuple[float, ...]], x: NDArray[np.float64]
) -> NDArray[np.float64]:
    numerator, denominator = (horner(part, x) for part in coefficients)
    return numerator / denominator
