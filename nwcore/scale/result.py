"""What every way of pooling fills in, and how it says how far it is."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

Progress = Callable[[range], Iterable[int]]


@dataclass(frozen=True)
class Pooled:
    """Outputs of q queries for c columns of values, filled in place.

    Attributes
    ----------
    predictions : Tensor, shape (c, q), float64
    slopes : Tensor, shape (c, q), float64, or None
        Their derivatives in w, where they are wanted.
    answered : Tensor, shape (q,), bool
        Which queries have their output.
    """

    predictions: Tensor
    slopes: Tensor | None
    answered: Tensor


def empty_result(n_columns: int, n_queries: int, *, slopes: bool) -> Pooled:
    """No query answered yet."""
    return Pooled(
        torch.zeros(n_columns, n_queries, dtype=torch.float64),
        torch.zeros(n_columns, n_queries, dtype=torch.float64) if slopes else None,
        torch.zeros(n_queries, dtype=torch.bool),
    )


def progress_bar(description: str, *, shown: bool) -> Progress:
    """Give a wrapper of a loop's range that shows a bar, or one that shows nothing.

    With TQDM_DISABLE=1 in the environment there are no bars.
    """
    # In a notebook, tqdm does not heed its own variable.
    disabled = os.environ.get("TQDM_DISABLE", "0") not in ("", "0")
    if not shown or disabled:
        return lambda loop: loop
    try:
        from tqdm.auto import tqdm
    except ImportError as error:
        raise ImportError(
            'progress=True needs tqdm, install it with: pip install "nwcore[book]"'
        ) from error

    def steps(loop: range) -> Iterable[int]:
        bar: Iterable[int] = tqdm(loop, desc=description, leave=False)
        return bar

    return steps
