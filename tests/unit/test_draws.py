"""The random draws: the published generator, exact in any language, and the right distributions."""

import mpmath
import numpy as np
import pytest
from scipy import special, stats

from nwcore import draws

SEEDS = (0, 1, 2**31, 2**32 - 1)


def reference_threefry(key: tuple[int, int], counter: tuple[int, int]) -> tuple[int, int]:
    """Threefry-2x32-20 in Python integers, written from the paper and not from `nwcore`."""
    words = [*key, key[0] ^ key[1] ^ 0x1BD11BDA]
    left, right = ((c + k) % 2**32 for c, k in zip(counter, key, strict=True))
    for injection in range(1, 6):
        for turn in (13, 15, 26, 6) if injection % 2 else (17, 29, 16, 24):
            left = (left + right) % 2**32
            right = ((right << turn) % 2**32 + (right >> (32 - turn))) ^ left
        left = (left + words[injection % 3]) % 2**32
        right = (right + words[(injection + 1) % 3] + injection) % 2**32
    return left, right


# Random123, tests/kat_vectors, "threefry2x32 20".
@pytest.mark.parametrize(
    ("counter", "key", "expected"),
    [
        ((0, 0), (0, 0), (0x6B200159, 0x99BA4EFE)),
        ((0xFFFFFFFF, 0xFFFFFFFF), (0xFFFFFFFF, 0xFFFFFFFF), (0x1CB996FC, 0xBB002BE7)),
        ((0x243F6A88, 0x85A308D3), (0x13198A2E, 0x03707344), (0xC4923A9C, 0x483DF7A0)),
    ],
)
def test_reference_gives_the_published_known_answers(
    counter: tuple[int, int], key: tuple[int, int], expected: tuple[int, int]
) -> None:
    assert reference_threefry(key, counter) == expected


@pytest.mark.parametrize("key", [(0, 0), (0xFFFFFFFF, 1), (0x13198A2E, 0x03707344)])
def test_threefry_agrees_with_the_reference(key: tuple[int, int]) -> None:
    counters = [0, 1, 2, 1009, 0x243F6A88, 0xFFFFFFFF]
    left, right = draws.threefry2x32(key, np.array(counters, dtype=np.uint32))
    assert left.dtype == right.dtype == np.uint32
    expected = [reference_threefry(key, (counter, 0)) for counter in counters]
    assert list(zip(left.tolist(), right.tolist(), strict=True)) == expected


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("stream", [0, 3])
def test_uniform_is_the_top_53_bits_of_the_two_words(seed: int, stream: int) -> None:
    words = [reference_threefry((seed, stream), (i, 0)) for i in range(101)]
    # 27 bits of the first word, then 26 bits of the second.
    expected = [((high // 2**5) * 2**26 + low // 2**6) / 2**53 for high, low in words]
    assert draws.uniform(seed, stream, 101).tolist() == expected


@pytest.mark.parametrize("seed", SEEDS)
def test_normal_is_the_quantile_of_the_middle_of_a_cell(seed: int) -> None:
    words = [reference_threefry((seed, 1), (i, 0)) for i in range(101)]
    cells = [((high // 2**5) * 2**26 + low // 2**6) // 2 for high, low in words]
    probability = np.array([(cell + 0.5) / 2**52 for cell in cells])
    np.testing.assert_allclose(draws.normal(seed, 1, 101), special.ndtri(probability), rtol=1e-13)


@pytest.mark.parametrize("draw", [draws.uniform, draws.normal])
def test_first_draws_do_not_depend_on_how_many_follow(draw) -> None:
    assert np.array_equal(draw(7, 1, 31), draw(7, 1, 101)[:31])


@pytest.mark.parametrize("draw", [draws.uniform, draws.normal])
def test_seeds_and_streams_are_unrelated(draw) -> None:
    n = 20_011
    lists = [draw(seed, stream, n) for seed in (0, 1) for stream in (0, 1, 2)]
    correlation = np.corrcoef(lists) - np.eye(len(lists))
    assert np.abs(correlation).max() < 4.5 / np.sqrt(n)  # 15 pairs of standard error 1/√n


@pytest.mark.parametrize("seed", SEEDS)
def test_uniform_is_uniform_on_the_half_open_unit_interval(seed: int) -> None:
    sample = draws.uniform(seed, 0, 100_003)
    assert sample.min() >= 0
    assert sample.max() < 1
    assert stats.kstest(sample, "uniform").pvalue > 1e-4


@pytest.mark.parametrize("seed", SEEDS)
def test_normal_is_standard_normal(seed: int) -> None:
    assert stats.kstest(draws.normal(seed, 1, 100_003), "norm").pvalue > 1e-4


def test_consecutive_draws_are_unrelated() -> None:
    sample = draws.uniform(5, 0, 100_003)
    assert abs(np.corrcoef(sample[:-1], sample[1:])[0, 1]) < 4 / np.sqrt(len(sample))


def test_normal_quantile_agrees_with_scipy_in_every_branch() -> None:
    tiny = 2.0 ** -np.arange(2, 54)  # reaches the far tail, p < exp(−25)
    branch_ends = np.array([0.075, 0.925, np.exp(-25.0)])
    near_ends = np.concatenate([branch_ends * (1 - 1e-9), branch_ends, branch_ends * (1 + 1e-9)])
    probability = np.concatenate([tiny, 1 - tiny, near_ends, np.linspace(0.001, 0.999, 997)])
    np.testing.assert_allclose(
        draws._normal_quantile(probability), special.ndtri(probability), rtol=2e-14, atol=1e-16
    )


def test_normal_quantile_is_accurate_to_the_last_digits() -> None:
    tails = 2.0 ** -np.arange(2, 54, 3)
    probability = np.concatenate([tails, 1 - tails, np.linspace(0.011, 0.989, 211)])
    with mpmath.workdps(40):
        exact = [
            float(mpmath.sqrt(2) * mpmath.erfinv(2 * mpmath.mpf(float(p)) - 1)) for p in probability
        ]
    np.testing.assert_allclose(draws._normal_quantile(probability), exact, rtol=2e-15, atol=1e-16)


def test_normal_quantile_is_odd_about_one_half() -> None:
    probability = np.arange(1, 512) / 1024  # exact, and so is its complement
    assert np.array_equal(
        draws._normal_quantile(probability), -draws._normal_quantile(1 - probability)
    )
