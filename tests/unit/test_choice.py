"""Which method answers, where nobody has named one, and what is handed on to it."""

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor

from nwcore import attention_pooling, leave_one_out_loss
from nwcore.kernels import Kernel, register, unregister
from nwcore.methods import blocks, direct, linear, near, sdpa, windowed
from nwcore.methods.numeric import NumericProblem

MANY = torch.linspace(0, 1, 401, dtype=torch.float64)  # 160,801 pairs
FEW = torch.linspace(0, 1, 101, dtype=torch.float64)
MOST = torch.linspace(0, 1, 1449, dtype=torch.float64)  # more pairs than `near` takes


@pytest.fixture
def used(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the methods that were asked, in order."""
    names: list[str] = []

    def watch(module: object, name: str) -> None:
        pool = module.pool  # type: ignore[attr-defined]

        def recorded(*arguments: object) -> object:
            names.append(name)
            return pool(*arguments)

        monkeypatch.setattr(module, "pool", recorded)

    for module, name in (
        (direct, "direct"),
        (near, "near"),
        (sdpa, "sdpa"),
        (linear, "linear"),
        (windowed, "windowed"),
    ):
        watch(module, name)
    return names


@pytest.fixture
def bell() -> Iterator[str]:
    """A kernel of compact support that is no polynomial in |u|."""
    register(
        Kernel(
            "cosine_bell",
            value=lambda u: (1 + torch.cos(torch.pi * u.clamp(-1, 1))) / 2,
            derivative=lambda u: -torch.pi / 2 * torch.sin(torch.pi * u.clamp(-1, 1)),
            support=1.0,
        )
    )
    yield "cosine_bell"
    unregister("cosine_bell")


@pytest.fixture
def tail() -> Iterator[str]:
    """A kernel that is positive everywhere and no Gaussian."""
    register(Kernel("student", value=lambda u: 1 / (1 + u.clamp(-1e100, 1e100) ** 2)))
    yield "student"
    unregister("student")


@pytest.mark.parametrize(
    ("kernel", "expected"),
    [
        ("gaussian", "linear"),
        ("boxcar", "linear"),
        ("triangular", "linear"),
        ("biweight", "linear"),
        ("triweight", "linear"),
        ("tricube", "linear"),
        ("constant", "linear"),
        ("cosine", "windowed"),
    ],
)
def test_many_pairs_are_answered_by_the_linear_method(
    kernel: str, expected: str, used: list[str]
) -> None:
    many = MOST if kernel == "gaussian" else MANY
    for answer in (
        lambda: attention_pooling(many, many, many, 3.0, kernel),
        lambda: leave_one_out_loss(many, many, 3.0, kernel),
    ):
        used.clear()
        answer()
        assert next(name for name in used if name != "near") == expected
        assert "direct" not in used


def test_some_thousands_of_plain_pairs_are_answered_in_few_steps(used: list[str]) -> None:
    attention_pooling(MANY, MANY, MANY, 3.0)
    assert used == ["near"]
    for number in (3.0, torch.tensor(3.0).double(), torch.tensor(3.0).double().requires_grad_()):
        used.clear()
        leave_one_out_loss(MANY, torch.sin(9 * MANY), number)
        assert used == [], "its sums are asked for, and no pooling"


def test_kernels_without_a_polynomial(used: list[str], bell: str, tail: str) -> None:
    for kernel, expected in ((bell, ["windowed"]), (tail, ["direct"])):
        for x, names in ((MANY, expected), (FEW, ["direct"])):
            used.clear()
            found = attention_pooling(x, x, torch.sin(9 * x), 3.0, kernel)
            assert used == names
            plain = attention_pooling(x, x, torch.sin(9 * x), 3.0, kernel, method="direct")
            torch.testing.assert_close(found, plain, rtol=0, atol=1e-13)
    with pytest.raises(ValueError, match='"linear" takes the gaussian kernel and kernels with a'):
        attention_pooling(FEW, FEW, FEW, 3.0, bell, method="linear")


def test_gradients_to_inputs_and_keys_of_rank_2_are_answered_directly(used: list[str]) -> None:
    for place in range(3):
        inputs = [MANY.clone() for _ in range(3)]
        inputs[place].requires_grad_()
        attention_pooling(*inputs, 3.0)
        assert used.pop() == "direct"
        with torch.no_grad():
            attention_pooling(*inputs, 3.0)
        assert used.pop() == "near"
    keys = MANY.repeat(401, 1)
    attention_pooling(MANY, keys, keys, 3.0)
    assert used == ["direct"]


def test_a_gradient_in_w_follows_the_fast_methods(used: list[str], tail: str) -> None:
    gradients = []
    for sign in (1.0, -1.0):
        w = torch.tensor(sign * 3.0, dtype=torch.float64, requires_grad=True)
        attention_pooling(MANY, MANY, torch.sin(9 * MANY), w).sum().backward()
        assert w.grad is not None
        gradients.append(float(w.grad))
    assert used == ["linear", "linear"]
    assert gradients[0] == -gradients[1] != 0
    w = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    with pytest.raises(ValueError, match="needs the derivative of the student kernel"):
        attention_pooling(FEW, FEW, FEW, w, tail, method="windowed")
    plain = attention_pooling(FEW, FEW, FEW, 3.0, tail, method="windowed")
    assert torch.equal(attention_pooling(FEW, FEW, FEW, w.detach(), tail, method="windowed"), plain)
    with torch.no_grad():
        assert torch.equal(attention_pooling(FEW, FEW, FEW, w, tail, method="windowed"), plain)


@pytest.mark.parametrize("n_keys", [256, 257])
def test_the_number_of_pairs_that_are_few(n_keys: int, used: list[str]) -> None:
    queries, keys = torch.linspace(0, 1, 512).double(), torch.linspace(0, 1, n_keys).double()
    attention_pooling(queries, keys, keys, 3.0, "triangular")
    assert used[0] == ("direct" if 512 * n_keys <= 2**17 else "linear")


def test_blocks_of_the_direct_sum_are_put_together(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = torch.stack([torch.sin(9 * FEW), FEW], dim=1)  # (k, 2)
    keys = FEW + torch.linspace(0, 1, 101, dtype=torch.float64)[:, None]  # (q, k)

    def answers() -> list[Tensor]:
        w = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
        found = [
            attention_pooling(FEW, FEW, columns, 3.0, method="direct"),
            attention_pooling(FEW, keys, keys, 3.0, method="direct"),
            attention_pooling(FEW, FEW, columns, w, method="direct"),
            leave_one_out_loss(FEW, columns[:, 0], w, method="direct"),
        ]
        return [*found, torch.autograd.grad(found[2].sum() + found[3], w)[0]]

    whole = answers()
    for rows in (1, 7, 100, 101):
        monkeypatch.setattr(blocks, "LARGEST_BLOCK", 101 * rows + 3)
        for found, expected in zip(answers(), whole, strict=True):
            torch.testing.assert_close(found, expected, rtol=1e-13, atol=1e-14)


def test_a_block_holds_the_weights_of_as_many_queries_as_fit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """For keys of each query's own, too: what counts is how many keys a query has."""
    sizes: list[int] = []
    build = direct.weights
    monkeypatch.setattr(
        direct, "weights", lambda problem: sizes.append(problem.n_pairs) or build(problem)
    )
    monkeypatch.setattr(blocks, "LARGEST_BLOCK", 300)
    keys = FEW + torch.linspace(0, 1, 7, dtype=torch.float64)[:, None]  # (7, 101)
    attention_pooling(FEW[:7], keys, keys, 3.0, method="direct")
    assert sizes == [202, 202, 202, 101]


@pytest.mark.parametrize("method", ["windowed", "linear"])
def test_a_bar_is_shown_where_it_is_asked_for_and_leaves_nothing(
    method: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[dict[str, Any]] = []

    def bar(loop: range, **look: Any) -> range:
        shown.append(look)
        return loop

    monkeypatch.setattr("tqdm.auto.tqdm", bar)
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    attention_pooling(FEW, FEW, FEW, 3.0, method=method)  # type: ignore[arg-type]
    assert shown == []
    attention_pooling(FEW, FEW, FEW, 3.0, method=method, progress=True)  # type: ignore[arg-type]
    assert shown
    for look in shown:
        assert look.keys() == {"desc", "leave"}
        assert look["leave"] is False
        assert look["desc"]
    monkeypatch.setenv("TQDM_DISABLE", "1")
    shown.clear()
    attention_pooling(FEW, FEW, FEW, 3.0, method=method, progress=True)  # type: ignore[arg-type]
    assert shown == []


def test_a_problem_without_derivatives_computes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []
    pool = linear.pool

    def recorded(problem: NumericProblem) -> object:
        asked.append(problem.derivatives)
        return pool(problem)

    monkeypatch.setattr(linear, "pool", recorded)
    w = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
    attention_pooling(MOST, MOST, MOST, w)
    attention_pooling(MOST, MOST, MOST, w.detach())
    with torch.no_grad():
        attention_pooling(MOST, MOST, MOST, w)
    assert asked == [True, False, False]
