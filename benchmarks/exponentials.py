"""Gauss transforms of one coordinate by a sum of exponentials, for `scale.py` to compare with.

After Jiang (2019), "A fast Gauss transform in one dimension using sum-of-exponentials
approximations", arXiv:1909.09825, a preprint. A rational function with poles z and residues c that
is near e^z on the negative half-line makes of the Gaussian's Laplace transform

    exp(−t²/2) ≈ −Σ c √(π/z) exp(−√(2z) |t|),

and sums of exponentials follow from one sorted point to the next by a factor. The best rational
function of degree 16 has eight pairs of poles, and the sum 12 to 13 digits; the preprint's own
tables hold fewer terms for fewer digits.
"""

import math

import numba
import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

# One of each pair of conjugates: Pusa (2012), "Correction to partial fraction decomposition
# coefficients for Chebyshev rational approximation on the negative real axis", arXiv:1206.2880.
_POLES = np.array(
    [
        -10.843917078696988026 + 19.277446167181652284j,
        -5.2649713434426468895 + 16.220221473167927305j,
        5.9481522689511774808 + 3.5874573620183222829j,
        3.5091036084149180974 + 8.4361989858843750826j,
        6.4161776990994341923 + 1.1941223933701386874j,
        1.4193758971856659786 + 10.925363484496722585j,
        4.9931747377179963991 + 5.9968817136039422260j,
        -1.4139284624888862114 + 13.497725698892745389j,
    ]
)
_RESIDUES = np.array(
    [
        -5.0901521865224915650e-7 - 2.4220017652852287970e-5j,
        2.1151742182466030907e-4 + 4.3892969647380673918e-3j,
        113.39775178483930527 + 101.94721704215856450j,
        15.059585270023467528 - 5.7514052776421819979j,
        -64.500878025539646595 - 224.59440762652096056j,
        -1.4793007113557999718 + 1.7686588323782937906j,
        -62.518392463207918892 - 11.190391094283228480j,
        4.1023136835410021273e-2 - 0.15743466173455468191j,
    ]
)
RATES = np.sqrt(2 * _POLES)
FACTORS = -2 * _RESIDUES * np.sqrt(math.pi / _POLES)  # of which the real part counts


def pool(queries: Vector, keys: Vector, values: Vector, w: float) -> Vector:
    """Σ K(w(x − xᵢ)) yᵢ / Σ K(w(x − xᵢ)) at unsorted queries, (q,), of unsorted pairs, (k,)."""
    rank, order = np.argsort(queries), np.argsort(keys)
    sums = _sums(w * queries[rank], w * keys[order], values[order], RATES, FACTORS)
    totals = sums.sum(axis=0)  # (2, q)
    pooled = np.empty_like(queries)
    pooled[rank] = totals[0] / totals[1]
    return pooled


@numba.njit(parallel=True)  # type: ignore[untyped-decorator]
def _sums(
    queries: Vector,
    keys: Vector,
    values: Vector,
    rates: NDArray[np.complex128],
    factors: NDArray[np.complex128],
) -> Vector:
    """What each exponential adds to the sums of values and of ones: (exponentials, 2, q)."""
    n_queries, n_keys = len(queries), len(keys)
    sums = np.empty((len(rates), 2, n_queries))
    for term in numba.prange(len(rates)):
        rate, factor = rates[term], factors[term]
        weighted, total, place, key = 0j, 0j, keys[0], 0
        for query in range(n_queries):  # the keys at its place or before
            while key < n_keys and keys[key] <= queries[query]:
                decay = np.exp(-rate * (keys[key] - place))
                weighted, total = weighted * decay + values[key], total * decay + 1
                place = keys[key]
                key += 1
            decay = factor * np.exp(-rate * max(queries[query] - place, 0.0))
            sums[term, 0, query] = (decay * weighted).real
            sums[term, 1, query] = (decay * total).real
        weighted, total, place, key = 0j, 0j, keys[-1], n_keys - 1
        for query in range(n_queries - 1, -1, -1):  # the keys behind it
            while key >= 0 and keys[key] > queries[query]:
                decay = np.exp(-rate * (place - keys[key]))
                weighted, total = weighted * decay + values[key], total * decay + 1
                place = keys[key]
                key -= 1
            decay = factor * np.exp(-rate * max(place - queries[query], 0.0))
            sums[term, 0, query] += (decay * weighted).real
            sums[term, 1, query] += (decay * total).real
    return sums
