"""Who may attend to whom: masks, bool, True where a query may attend to a key.

Any two are combined by ``&``. `nwcore.attention_weights` and PyTorch's
``scaled_dot_product_attention`` take them as they are; ``torch.nn.MultiheadAttention`` takes their
opposites, ``~mask``.
"""

import torch
from torch import Tensor

from nwcore._checks import check_flag, check_integer


def leave_one_out_mask(n: int) -> Tensor:
    """All pairs but those of an input with itself: what leave-one-out prediction attends to.

    Parameters
    ----------
    n : int
        At least 2.

    Returns
    -------
    Tensor, shape (n, n), bool

    Examples
    --------
    >>> leave_one_out_mask(2)
    tensor([[False,  True],
            [ True, False]])
    """
    n = check_integer("n", n, low=2)
    return ~torch.eye(n, dtype=torch.bool)


def causal_mask(n_queries: int, n_keys: int | None = None, *, itself: bool = True) -> Tensor:
    """Pairs of which the key stands no later than the query: leave the future out.

    Parameters
    ----------
    n_queries : int
    n_keys : int, optional
        As many as queries when omitted.
    itself : bool
        Whether a query may attend to the key at its own place. If not, the first has none: give
        it one, or start with the second.

    Returns
    -------
    Tensor, shape (n_queries, n_keys), bool

    Examples
    --------
    >>> causal_mask(2, 3)
    tensor([[ True, False, False],
            [ True,  True, False]])
    """
    n_queries = check_integer("n_queries", n_queries, low=1)
    n_keys = n_queries if n_keys is None else check_integer("n_keys", n_keys, low=1)
    check_flag("itself", itself)
    return torch.ones(n_queries, n_keys, dtype=torch.bool).tril(0 if itself else -1)


def window_mask(n_queries: int, n_keys: int, reach: int) -> Tensor:
    """Pairs that stand at most `reach` places apart: a boxcar kernel over positions.

    Parameters
    ----------
    n_queries, n_keys : int
    reach : int
        Not negative.

    Returns
    -------
    Tensor, shape (n_queries, n_keys), bool
    """
    reach = check_integer("reach", reach, low=0)
    return offsets(n_queries, n_keys).abs() <= reach


def padding_mask(lengths: Tensor, n_queries: int, n_keys: int) -> Tensor:
    """For each sequence of a batch, all pairs of which the key is no padding.

    Parameters
    ----------
    lengths : Tensor, shape (b,), int64
        How many keys of each sequence count: the first ones, at least one.
    n_queries, n_keys : int

    Returns
    -------
    Tensor, shape (b, n_queries, n_keys), bool

    Raises
    ------
    TypeError, ValueError
        If a length is not between 1 and `n_keys`.

    Examples
    --------
    >>> padding_mask(torch.tensor([1, 2]), n_queries=1, n_keys=2)
    tensor([[[ True, False]],
    <BLANKLINE>
            [[ True,  True]]])
    """
    n_queries = check_integer("n_queries", n_queries, low=1)
    n_keys = check_integer("n_keys", n_keys, low=1)
    if not isinstance(lengths, Tensor) or lengths.dtype != torch.int64 or lengths.ndim != 1:
        raise TypeError(f"lengths must be an int64 tensor of rank 1, got {lengths!r}")
    if not bool(((lengths >= 1) & (lengths <= n_keys)).all()):
        raise ValueError(f"lengths must lie between 1 and {n_keys}, got {lengths.tolist()}")
    counts = torch.arange(n_keys) < lengths[:, None]  # (b, n_keys)
    return counts[:, None, :].expand(-1, n_queries, -1).clone()


def offsets(n_queries: int, n_keys: int) -> Tensor:
    """How many places each query stands behind each key, i − j, (n_queries, n_keys), int64."""
    n_queries = check_integer("n_queries", n_queries, low=1)
    n_keys = check_integer("n_keys", n_keys, low=1)
    return torch.arange(n_queries)[:, None] - torch.arange(n_keys)
