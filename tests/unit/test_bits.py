"""Random draws and elementary functions to the last bit, over all branches and far into tails.

The bits are the same on every platform and in the browser: a change here changes every number in
the book. That they are near enough to the true values is tested in test_portable.py and
test_draws.py.
"""

import hashlib
from collections.abc import Callable

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from nwcore import draws, make_regression, portable

Floats = NDArray[np.float64]


def digest(numbers: Floats) -> str:
    return hashlib.sha256(numbers.astype("<f8").tobytes()).hexdigest()[:16]


def spread(low: int, high: int) -> Floats:
    """Numbers of every size from 2^low to 2^high, 16 in each octave, with many different bits."""
    steps = np.arange(16 * (high - low), dtype=np.float64)
    mantissas = 1 + (steps * 0.6180339887498949) % 1.0
    return np.ldexp(mantissas, (low + steps // 16).astype(int))


def sizes() -> Floats:
    return np.append(0.0, spread(-1070, 1023))


def angles() -> Floats:
    """Angles through many turns, and beside the places where one branch ends."""
    places = np.arange(-64, 65) * (np.pi / 4)
    beside = np.concatenate([np.nextafter(places, -9e9), places, np.nextafter(places, 9e9)])
    wide = spread(-60, 19)
    return np.concatenate([beside, np.linspace(-40, 40, 2003), wide, -wide])


def probabilities() -> Floats:
    near = np.linspace(0.0005, 0.9995, 1999)
    ends = np.array([0.075, 0.925, 1.3887943864964021e-11])  # where the pieces meet
    beside = np.concatenate([np.nextafter(ends, 0), ends, np.nextafter(ends, 1)])
    tail = spread(-53, -4)
    return np.concatenate([near, beside, tail, 1 - tail])


@pytest.mark.parametrize(
    ("function", "arguments", "expected"),
    [
        (portable.log, lambda: sizes()[1:], "f3f7f87d114be040"),
        (portable.sin, angles, "5dc141dd51cae25e"),
        (
            portable.power_four_fifths,
            lambda: np.append(0.0, spread(-1070, 1023)),
            "00f49ff24c7151d7",
        ),
        (draws._normal_quantile, probabilities, "a0196549e6cb01c6"),
    ],
)
def test_functions_have_the_same_bits_everywhere(
    function: Callable[[Floats], Floats], arguments: Callable[[], Floats], expected: str
) -> None:
    assert digest(function(arguments())) == expected


@pytest.mark.parametrize(
    ("draw", "expected"), [(draws.uniform, "c25c954baa6be2dd"), (draws.normal, "5aefeaf67a2ee5ae")]
)
def test_draws_have_the_same_bits_everywhere(
    draw: Callable[[int, int, int], Floats], expected: str
) -> None:
    parts = [draw(seed, stream, 257) for seed in (0, 1, draws.MAX_SEED) for stream in (0, 3)]
    assert digest(np.concatenate(parts)) == expected


def test_the_seed_goes_from_0_to_the_largest_word() -> None:
    assert draws.MAX_SEED == 2**32 - 1
    for seed in (-1, 2**32):
        with pytest.raises(ValueError, match="seed must be between 0 and 4294967295"):
            draws.uniform(seed, 0, 1)


def test_beyond_its_range_the_sine_is_the_platforms() -> None:
    limit = 2.0**19 * 1.5707963267948966
    far = np.array([limit, -limit, 1e9, 1e300])
    assert np.array_equal(portable.sin(far), np.sin(far))


def test_the_data_sets_of_the_book_have_the_same_bits_everywhere() -> None:
    numbers = []
    for seed in (0, 6, draws.MAX_SEED):
        data = make_regression(n_train=53, seed=seed, dtype=torch.float64)
        numbers += [data.x_train, data.y_train, data.x_test, data.y_test]
    assert digest(torch.cat(numbers).numpy()) == "83f4d4c1cb6e92c3"
