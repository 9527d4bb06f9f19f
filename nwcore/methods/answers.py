"""What every method fills in, and how it says how far it is."""

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import torch
from torch import Tensor

Progress = Callable[[range], Iterable[int]]


@dataclass(frozen=True)
class Answers:
    """Predictions for q queries and c columns of values.

    Attributes
    ----------
    predictions : Tensor, shape (c, q), float64
        NaN for a query without a key in reach.
    derivatives : Tensor, shape (c, q), float64, or None
        Those of the predictions in w, where they are wanted.
    answered : Tensor, shape (q,), bool
        Which queries have their prediction.
    """

    predictions: Tensor
    derivatives: Tensor | None
    answered: Tensor

    def put(self, chosen: Tensor, part: "Answers") -> None:
        """Take over the answers to the chosen queries, whose numbers are given, (n,) int64."""
        self.predictions[:, chosen] = part.predictions
        self.answered[chosen] = part.answered
        if self.derivatives is not None and part.derivatives is not None:
            self.derivatives[:, chosen] = part.derivatives


def no_answers(n_columns: int, n_queries: int, *, derivatives: bool) -> Answers:
    """No query answered yet."""
    return Answers(
        torch.zeros(n_columns, n_queries, dtype=torch.float64),
        torch.zeros(n_columns, n_queries, dtype=torch.float64) if derivatives else None,
        torch.zeros(n_queries, dtype=torch.bool),
    )


def progress_bar(description: str, *, shown: bool) -> Progress:
    """Give a wrapper of a loop's range that shows a bar, or one that shows nothing.

    With TQDM_DISABLE=1 in the environment there are no bars.

    Raises
    ------
    ImportError
        If a bar is to be shown and tqdm, which draws it, is not installed.
    """
    # In a notebook, tqdm does not heed its own variable.
    if not shown or os.environ.get("TQDM_DISABLE", "0") not in ("", "0"):
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
