"""Between autograd and the methods that compute with plain numbers, derivatives in w included."""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from nwcore.kernels import Kernel
from nwcore.methods.answers import Answers
from nwcore.methods.problem import Problem


@dataclass(frozen=True)
class NumericProblem:
    """A problem with shared keys from which autograd has been taken off.

    Attributes
    ----------
    queries : Tensor, shape (q,), float64
    keys : Tensor, shape (k,), float64
    columns : Tensor, shape (1 + c, k), float64
        What each key adds to the sums: 1, which counts it, and its values.
    w : float
        Inverse bandwidth, not negative.
    kernel : Kernel
    self_terms : Tensor, shape (1 + c, q), or None
        What each query, a key itself, adds to the sums at distance 0 and is to leave out.
    derivatives : bool
        Whether derivatives in w are wanted.
    progress : bool
        Whether to show progress bars.
    """

    queries: Tensor
    keys: Tensor
    columns: Tensor
    w: float
    kernel: Kernel
    self_terms: Tensor | None = None
    derivatives: bool = False
    progress: bool = False

    @property
    def n_columns(self) -> int:
        """Number of columns of values."""
        return len(self.columns) - 1

    def of(self, chosen: Tensor) -> "NumericProblem":
        """The problem of the chosen queries, whose numbers are given, (n,) int64."""
        terms = None if self.self_terms is None else self.self_terms[:, chosen]
        return replace(self, queries=self.queries[chosen], self_terms=terms)


Method = Callable[[NumericProblem], Answers]


def without_autograd(problem: Problem, *, derivatives: bool, progress: bool) -> NumericProblem:
    """Take the numbers of a problem with shared keys."""
    values = problem.values.detach().unbind(1)  # c of (k,)
    columns = torch.stack([torch.ones_like(values[0]), *values])  # (1 + c, k)
    return NumericProblem(
        problem.queries.detach(),
        problem.keys.detach(),
        columns,
        abs(float(problem.w.detach())),
        problem.kernel,
        columns if problem.leave_one_out else None,
        derivatives,
        progress,
    )


def refusal(problem: Problem) -> str | None:
    """Why a method that computes with plain numbers cannot answer; None if it can."""
    if not problem.shared:
        return "is not for keys of rank 2"
    if problem.mask is not None:
        return "takes no mask"
    if problem.wants_gradient(in_w=False):
        return "gives no gradient to queries, keys or values"
    if problem.wants_gradient(in_w=True) and problem.kernel.derivative is None:
        return f"needs the derivative of the {problem.kernel.name} kernel for a gradient in w"
    return None


def follow_w(problem: Problem, method: Method, *, progress: bool) -> Tensor:
    """Answer by the method, shape (q, c); the gradient flows to w by the derivatives it gives."""
    wanted = problem.wants_gradient(in_w=True)  # autograd itself asks for it under no_grad, too

    def answer() -> Answers:
        return method(without_autograd(problem, derivatives=wanted, progress=progress))

    predictions: Tensor = _FollowW.apply(problem.w, answer)  # type: ignore[no-untyped-call]
    return predictions


def value_and_derivative(of: Callable[[Tensor], Tensor], w: float) -> tuple[float, float]:
    """A function's value at `w`, and its derivative there by autograd, as plain numbers."""
    at = torch.tensor(w, dtype=torch.float64, requires_grad=True)
    with torch.enable_grad():
        value = of(at)
        (derivative,) = torch.autograd.grad(value, at)
    return value.item(), derivative.item()


def known(
    w: Tensor | None, number: float, derivative: float, follow: Callable[[Tensor], Tensor]
) -> Tensor:
    """A function's value at `w`, 0-d, float64, with its derivative there if there is a tensor `w`.

    `follow` is the function itself, asked only where a derivative of the derivative is wanted.
    """
    if w is None or not (w.requires_grad and torch.is_grad_enabled()):
        return torch.tensor(number, dtype=torch.float64)
    value: Tensor = _Known.apply(w, number, derivative, follow)  # type: ignore[no-untyped-call]
    return value


class _Known(torch.autograd.Function):
    """A number whose derivative in w was computed along with it."""

    @staticmethod
    def forward(
        ctx: Any, w: Tensor, number: float, derivative: float, follow: Callable[[Tensor], Tensor]
    ) -> Tensor:
        """The number."""
        ctx.save_for_backward(w)
        ctx.derivative, ctx.follow = derivative, follow
        return torch.tensor(number, dtype=torch.float64)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None, None]:
        """Chain the derivative, in a way that can be followed on if that is wanted."""
        if not torch.is_grad_enabled():
            return gradient * ctx.derivative, None, None, None
        (w,) = ctx.saved_tensors
        (derivative,) = torch.autograd.grad(ctx.follow(w), w, create_graph=True)
        return gradient * derivative, None, None, None


class _FollowW(torch.autograd.Function):
    """Pooling whose derivative in w was computed along with it."""

    @staticmethod
    def forward(ctx: Any, w: Tensor, answer: Callable[[], Answers]) -> Tensor:
        """Answer for this w, shape (q, c)."""
        found = answer()
        if found.derivatives is not None:
            # A query without a key, NaN, does not follow w.
            derivatives = found.derivatives.masked_fill(found.predictions.isnan(), 0)
            ctx.derivatives = math.copysign(1.0, float(w)) * derivatives.T  # (q, c)
        return found.predictions.T.contiguous()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        """Chain the derivatives."""
        return (gradient * ctx.derivatives).sum(), None
