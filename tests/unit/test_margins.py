"""Every margin of safety holds and is needed: ten times as loose, each would let an error through.

Each test stands on both sides of a margin: what is beyond it is refused or done with more care,
and what keeps it is not.
"""

import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
import torch
from torch import Tensor

from nwcore.kernels import epanechnikov, gaussian
from nwcore.methods import direct, gauss, linear, ordered, prefix, sdpa, windowed
from nwcore.methods.numeric import NumericProblem
from nwcore.methods.problem import LARGEST_INPUT, lowering, pose
from nwcore.methods.scores import doubled_distance

EPS = 2.0**-53  # half a unit in the last place of 1


def f64(*numbers: float) -> Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def numeric(queries: Tensor, keys: Tensor, values: Tensor, w: float = 1.0) -> NumericProblem:
    columns = torch.stack([torch.ones_like(values), values])  # (2, k)
    return NumericProblem(queries, keys, columns, w, gaussian)


# --- the fast Gauss transform ---


def expansion(error: Tensor, least: Tensor) -> gauss.Expansion:
    return gauss.Expansion(torch.zeros(1, *error.shape), error, least)


def test_sums_are_trusted_up_to_a_ten_trillionth() -> None:
    least = f64(1.0, 1.0, 1.0, 1.0, 0.0)[None].repeat(2, 1)
    error = f64(0.9e-13, 1.1e-13, 0.9e-13, 1e-15, 0.0)[None].repeat(2, 1)
    error[1, 2] = 1.1e-13  # the sum of the values alone
    least[1, 3] = 0.0
    error[1, 3] = 0.0  # values that are 0 all over
    assert expansion(error, least).trusted.tolist() == [True, False, False, True, False]


def test_sums_without_the_self_term_are_trusted_as_far() -> None:
    # Ones beside values of 2, whose least sum is 20: 18 + 2 · (what is left of the kernels).
    error, least = f64(1e-13, 1.9e-12)[:, None], f64(10.0, 20.0)[:, None]
    terms = f64(1.0, -2.0)[:, None].repeat(1, 3)
    total = f64(1.01, 0.99, 0.4)
    place = torch.zeros(3, dtype=torch.int64)
    found = gauss._still_trusted(expansion(error, least), place, terms, total)
    assert found.tolist() == [True, False, False]
    values_alone = expansion(error * f64(0.1, 1.05)[:, None], least)  # 1.995e-12
    assert gauss._still_trusted(values_alone, place, terms, total).tolist() == [True, True, False]


def test_rounding_is_sixteen_roundings_of_the_terms_and_that_of_the_exponent() -> None:
    delta, half_width, many = f64(0.0, 1.0, 3.0), 0.125, f64(40.0, 40.0, 40.0)
    bounds = gauss._bounds(delta, half_width, many)
    for d, (largest, smallest) in zip(delta.tolist(), bounds.tolist(), strict=True):
        terms = math.exp(-(d**2) / 2 + 2 * d * half_width + half_width**2)
        assert largest == pytest.approx((16 + 1.5 * d**2) * EPS * terms, rel=1e-12)
        assert smallest == pytest.approx(math.exp(-((d + 2 * half_width) ** 2) / 2), rel=1e-12)


def test_the_rounding_of_the_exponent_counts() -> None:
    """A weight 80 bins away is wrong by more than sixteen roundings: its exponent was rounded."""
    step = 0.06427283531959507
    delta = f64(80 * step)
    exact = np.exp(-((80 * np.longdouble(step)) ** 2) / 2)
    error = abs(float(np.longdouble(float(torch.exp(-0.5 * delta**2))) - exact))
    bound = float(gauss._bounds(delta, step / 2, f64(13.0))[0, 0])
    terms = math.exp(-(float(delta) ** 2) / 2 + float(delta) * step + step**2 / 4)
    assert 16 * EPS * terms < error <= bound


@pytest.mark.parametrize(("half_width", "n_terms"), [layout[1:] for layout in gauss._LAYOUTS])
def test_a_translation_leaves_out_less_than_a_trillionth_of_a_millionth(
    half_width: float, n_terms: int
) -> None:
    delta = torch.linspace(0, 9, 91, dtype=torch.float64)
    needed = gauss._terms_needed(delta, half_width, n_terms)
    assert bool((needed >= 4).all())
    assert bool((needed <= n_terms).all())
    fewer = needed < n_terms
    # Two of the terms are for the derivatives.
    left_out = gauss._truncation(delta, half_width, needed - 2)
    assert bool((left_out[fewer] <= 1e-18).all())
    one_less = gauss._truncation(delta, half_width, needed - 3)
    assert bool((one_less[needed > 4] > 1e-18).all())
    assert bool(fewer.any())


@pytest.mark.parametrize(("half_width", "n_terms"), [layout[1:] for layout in gauss._LAYOUTS])
def test_a_full_series_leaves_out_nothing_that_counts(half_width: float, n_terms: int) -> None:
    # Layouts have terms enough for the kernels' sums and, two fewer, for derivatives.
    delta = torch.arange(73, dtype=torch.float64) / 8  # whose squares are exact
    needed = gauss._terms_needed(delta, half_width, n_terms)
    error, least = gauss._bounds(delta[:1], half_width, needed[:1])[0].tolist()
    assert error <= gauss.TOLERANCE * least
    for d, terms in zip(delta.tolist(), needed.tolist(), strict=True):
        for a, b in ((half_width, half_width), (-half_width, half_width)):
            exact = np.exp(np.longdouble(-(d**2) / 2 - d * a + d * b + a * b))
            table = gauss._translations(f64(d), int(terms))[0]
            powers = torch.arange(int(terms), dtype=torch.float64)
            series = float((a**powers) @ table @ (b**powers))
            bound = float(gauss._bounds(f64(d), half_width, f64(terms))[0, 0])
            assert float(abs(series - exact)) <= bound


def test_bins_are_left_out_only_where_all_keys_together_weigh_nothing() -> None:
    for n in (1000, 10**6):
        grid = gauss.make_grid((0.0, 100.0), (0.0, 100.0), n, 2 * n, 10.0)
        assert grid is not None
        left_out = n * math.exp(-0.5 * (grid.reach * grid.step) ** 2)
        assert 1e-17 < left_out <= 1e-14


# --- windows of sorted keys ---


@pytest.mark.parametrize("count", [1, 1000])
def test_keys_are_left_out_where_all_of_them_weigh_a_hundred_quadrillionth(count: int) -> None:
    # All other keys stand at one distance; together they weigh `share` of the nearest.
    for share, held in ((2e-17, True), (0.5e-17, False)):
        total = count + 1
        distance = math.sqrt(2 * math.log(total / share))
        keys = torch.cat([f64(0.0), torch.full((count,), distance, dtype=torch.float64)])
        problem = numeric(f64(0.0), keys, torch.ones_like(keys))
        in_order = ordered.sort_keys(problem.keys, problem.columns)
        windows = ordered.find_windows(problem, in_order)
        assert (int(windows.stop) == 2) == held


def test_with_everything_keys_are_left_out_only_where_weights_are_0() -> None:
    assert math.exp(-745) > 0 == math.exp(-751)
    for exponent, held in ((745.0, True), (755.0, False)):
        keys = f64(0.0, math.sqrt(2 * exponent))
        problem = numeric(f64(0.0), keys, keys)
        in_order = ordered.sort_keys(problem.keys, problem.columns)
        windows = ordered.find_windows(problem, in_order, everything=True)
        assert (int(windows.stop) == 2) == held


def test_rounding_loses_no_key_at_the_end_of_a_window() -> None:
    generator = torch.Generator().manual_seed(5)
    queries = torch.rand(2000, generator=generator, dtype=torch.float64) + 1
    for w in (0.3, 7.0, 1e3):
        for side in (-1, 1):
            keys = queries + side / w
            reached = (queries - keys).abs() * w <= 1
            for query, key, held in zip(queries, keys, reached.tolist(), strict=True):
                if held:
                    problem = replace(
                        numeric(query[None], key[None], key[None], w), kernel=epanechnikov
                    )
                    in_order = ordered.sort_keys(problem.keys, problem.columns)
                    windows = ordered.find_windows(problem, in_order)
                    assert int(windows.lengths) == 1


def test_the_end_of_a_support_is_found_where_numbers_lie_far_apart() -> None:
    """At a million, numbers differ by a tenth of this reach: query ± reach is rounded."""
    ulp = 2.0**-33
    keys = 1e6 + ulp * torch.arange(-60, 61, dtype=torch.float64)
    queries = keys[40:80]
    in_order = ordered.sort_keys(keys, torch.ones(2, 121, dtype=torch.float64))
    missed = 0
    for ulps in (9.1, 9.4, 9.5, 9.6, 9.9, 10.0, 10.3):
        problem = replace(numeric(queries, keys, keys, 1 / (ulps * ulp)), kernel=epanechnikov)
        start, stop = ordered.find_support(problem, in_order)
        held = (queries[:, None] - keys).abs() * problem.w <= 1  # (q, k)
        assert torch.equal(stop - start, held.sum(1))
        assert torch.equal(start, held.to(torch.int8).argmax(1))
        missed += int((torch.searchsorted(keys, queries - 1 / problem.w) != start).sum())
    assert missed > 0


def test_small_predictions_are_summed_from_all_keys() -> None:
    # The key beyond the window weighs 2.5·10⁻¹⁸ and has the largest value.
    distance = math.sqrt(2 * math.log(1 / 2.5e-18))
    keys = f64(0.0, distance)
    for small, exact in ((0.9e-4, True), (1.1e-4, False)):
        problem = numeric(f64(0.0), keys, f64(small, 1.0))
        found = float(windowed.pool(problem).predictions)
        expected = small + (2.5e-18 if exact else 0.0)
        assert found == pytest.approx(expected, rel=1e-14, abs=0)
        problem = numeric(f64(0.0), keys, f64(-small, 1.0))
        expected = -small + (2.5e-18 if exact else 0.0)
        found = float(windowed.pool(problem).predictions)
        assert found == pytest.approx(expected, rel=1e-14, abs=0)


def test_one_small_column_of_predictions_is_enough_to_sum_all_keys() -> None:
    distance = math.sqrt(2 * math.log(1 / 2.5e-18))
    columns = torch.tensor([[1.0, 1.0], [0.9e-4, 1.0], [1.0, 1.0]], dtype=torch.float64)
    problem = NumericProblem(f64(0.0), f64(0.0, distance), columns, 1.0, gaussian)
    found = windowed.pool(problem).predictions[:, 0].tolist()
    assert found == pytest.approx([0.9e-4 + 2.5e-18, 1.0], rel=1e-14, abs=0)


def test_predictions_of_many_keys_are_small_beside_as_many_values() -> None:
    """A hundred keys at one place: their sum is to be compared with a hundred largest values."""
    distance = math.sqrt(2 * math.log(1 / 2.5e-18))
    keys = torch.cat([torch.zeros(100, dtype=torch.float64), f64(distance)])
    values = torch.cat([torch.full((100,), 1e-7, dtype=torch.float64), f64(1.0)])
    problem = numeric(f64(0.0), keys, values)
    found = windowed.pool(problem).predictions
    in_order = ordered.sort_keys(problem.keys, problem.columns)
    windows = ordered.find_windows(problem, in_order)
    sums = windowed.sum_windows(problem, in_order, windows).sums[1]
    assert float(found) == pytest.approx(1e-7 + 2.5e-20, rel=1e-14, abs=0)
    assert float(sums) == pytest.approx(1e-5 + 2.5e-18, rel=1e-14, abs=0)


# --- prefix sums ---


def test_prefix_sums_answer_where_kernels_are_not_small_beside_what_is_summed() -> None:
    # Four roundings of terms up to ¾ (1 + 2²) may cost 3·10⁻¹³ of a kernel: K ≥ 0.0056.
    for kernel, answered in ((0.0070, True), (0.0045, False)):
        query = math.sqrt(1 - kernel / 0.75)
        problem = replace(numeric(f64(query), f64(0.0), f64(1.0)), kernel=epanechnikov)
        in_order = ordered.sort_keys(problem.keys, problem.columns)
        found = prefix.pool(problem, in_order)
        assert bool(found.answered) == answered
        assert float(found.predictions) == pytest.approx(1.0, rel=1e-12)


def test_blocks_are_counted_up_to_the_last_number_that_can_be() -> None:
    for length, can in ((2.0**52 - 1, True), (2.0**52, False)):
        keys = f64(0.0, length)
        in_order = ordered.sort_keys(keys, torch.ones(1, 2, dtype=torch.float64))
        assert prefix.can_cut(in_order, 1.0) == can
        assert prefix.can_cut(in_order, 0.25)


def test_what_fixed_point_may_lose_is_half_of_its_last_unit() -> None:
    numbers = f64(0.3, 0.7, 1.0, 1e-25)
    total = prefix.running_total(numbers, 1.0)
    assert total.loss == 2.0 ** (-2 * total.bits - 1)
    (found,) = total.between([torch.tensor([3]), torch.tensor([4])])
    assert 0 < abs(float(found) - 1e-25) <= total.loss


# --- linear, dot products, the direct sum ---


def test_values_that_span_too_much_are_not_summed_fast() -> None:
    for exponent, too_much in ((-899, False), (-901, True)):
        for sign in (1.0, -1.0):
            values = f64(1.0, 0.0, sign * 2.0**exponent)
            problem = numeric(f64(0.0), f64(0.0, 1.0, 2.0), values)
            assert linear.spans_too_much(problem) == too_much
            level = torch.ones_like(values)  # one column is enough
            columns = torch.stack([level, level, values])
            assert linear.spans_too_much(replace(problem, columns=columns)) == too_much


def test_dot_products_are_refused_where_scores_lose_digits() -> None:
    keys = f64(0.0, 1.0, 3.0)
    for length, refused in ((59.9, False), (60.1, True)):
        for queries, w in ((f64(2.0), length / 3), (f64(-1.0, 5.0), -length / 6)):
            problem = pose(queries, keys, keys, f64(w)[0], gaussian)
            assert (sdpa.refusal(problem) is not None) == refused


# --- the ends of the number range ---


@pytest.mark.parametrize("n", [1, 2, 3, 1000, 2**20])
def test_values_are_lowered_as_far_as_their_sum_needs(n: int) -> None:
    for exponent in range(990, 1024):
        for largest in (2.0**exponent, math.nextafter(2.0**exponent * 2, 0)):
            factor = lowering(n, largest)
            assert largest * factor < 2.0**1023 / n
            assert math.frexp(factor)[0] == 0.5
            if largest < 2.0**1021 / n:
                assert factor == 1
            assert factor >= 2.0**-3 / n


@pytest.mark.parametrize("size", [2.0**1020, 1e308, 1.7e308])
def test_scores_of_the_largest_inputs_are_finite(size: float) -> None:
    queries, keys = f64(-size, size), f64(-size, size / 2, size)
    problem = pose(queries, keys, keys, f64(1 / size)[0], gaussian)
    largest = max(float(problem.queries.abs().max()), float(problem.keys.abs().max()))
    assert largest <= LARGEST_INPUT
    assert 4 * largest < math.inf  # the largest sum in a score
    found = direct.weights(problem)
    plain = pose(queries / size, keys / size, keys, f64(1.0)[0], gaussian)
    torch.testing.assert_close(found, direct.weights(plain), rtol=1e-13, atol=0)


def test_the_middle_of_two_keys_is_as_far_as_it_is() -> None:
    """a + b − 2x to the last digit, where a + b alone would have lost what matters."""
    generator = torch.Generator().manual_seed(3)
    a, b = (torch.rand(2, 500, generator=generator, dtype=torch.float64) - 0.5) * f64(1e3, 1.0)[
        :, None
    ]
    x = (a + b) / 2 * (1 + torch.arange(-2.0, 3.0, dtype=torch.float64).repeat(100) * 2.0**-52)
    lost = 0
    for left, right in ((a, b), (b, a)):
        found = doubled_distance(x, left, right)
        for i in range(len(x)):
            exact = Fraction(float(a[i])) + Fraction(float(b[i])) - 2 * Fraction(float(x[i]))
            assert float(found[i]) == float(exact)
            lost += float(a[i] + b[i] - 2 * x[i]) != float(exact)
    assert lost > 100
    inputs = [t.clone().requires_grad_() for t in (x, a, b)]
    slopes = torch.autograd.grad(doubled_distance(*inputs).sum(), inputs)
    assert [set(slope.tolist()) for slope in slopes] == [{-2.0}, {1.0}, {1.0}]


def test_one_bin_holds_all_where_the_kernel_is_wider_than_the_range() -> None:
    for low, high, spacing in ((0.0, 1.9, 4.0), (-0.9, 1.0, 4.0), (0.0, 2.1, 8.0)):
        grid = gauss.make_grid((0.0, 1.0), (low, high), 10, 20, 1e-9)
        assert grid is not None
        assert grid.spacing == spacing
        assert grid.bins(f64(low, 0.0, 1.0, high)).tolist() == [0, 0, 0, 0]
    grid = gauss.make_grid((3.0, 3.0), (3.0, 3.0), 10, 20, 1e-9)
    assert grid is not None
    assert (grid.spacing, grid.origin) == (1.0, 3.0)


def test_a_problem_shows_no_bars_unless_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    keys = f64(0.0, 1.0, 3.0)
    for pool in (windowed.pool, linear.pool):
        problem = numeric(keys, keys, keys)
        pool(problem)
        assert capsys.readouterr().err == ""
        pool(replace(problem, progress=True))
        assert capsys.readouterr().err != ""


def test_a_derivative_at_w_0_is_0_not_0_by_0() -> None:
    x = f64(0.0, 1.0, 3.0)
    columns = torch.stack([torch.ones_like(x), x])
    problem = NumericProblem(x, x, columns, 0.0, epanechnikov, derivatives=True)
    for pool in (windowed.pool, linear.pool):
        found = pool(problem)
        assert found.derivatives is not None
        assert found.derivatives.tolist() == [[0.0, 0.0, 0.0]]
        torch.testing.assert_close(found.predictions, x.mean().expand(1, 3), rtol=1e-15, atol=0)
