"""Sparsemax and 1.5-entmax: the softmax of kernels with compact support.

Both map scores to weights that sum to 1 by a power of what a score is above a threshold τ,

    sparsemax: pᵢ = max(0, zᵢ − τ),        1.5-entmax: pᵢ = max(0, zᵢ/2 − τ)²,

with the one τ for which they do. Of Gaussian scores, zᵢ = −½w²dᵢ², that makes the weights of the
Epanechnikov kernel, 1 − dᵢ²/h², and of the biweight kernel, (1 − dᵢ²/h²)², normalised: with a
bandwidth h that each query gets for itself (`support_radius`).
"""

import math

import torch
from torch import Tensor

from nwcore._checks import check_float_tensor


def sparsemax(scores: Tensor) -> Tensor:
    """Project scores onto the probabilities: the p nearest to z in Euclidean distance.

    Parameters
    ----------
    scores : Tensor, shape (..., k)

    Returns
    -------
    Tensor, shape (..., k)
        Not negative; every row sums to 1; 0 for scores below the threshold. Gradients flow.

    Raises
    ------
    TypeError, ValueError
        If `scores` is not a finite float tensor with a dimension of keys.

    References
    ----------
    Martins and Astudillo (2016), "From softmax to sparsemax", algorithm 1. As a kernel: Santos,
    Gonçalves, McNamee and Martins (2026), "Sparse attention as compact kernel regression", a
    preprint.

    Examples
    --------
    >>> sparsemax(torch.tensor([-2.0, 0.0, 0.5]))
    tensor([0.0000, 0.2500, 0.7500])
    """
    shifted = _shift(scores)
    return (shifted - _sparsemax_threshold(shifted)).clamp(min=0)


def entmax15(scores: Tensor) -> Tensor:
    """Map scores to probabilities by 1.5-entmax, between softmax and sparsemax.

    Parameters
    ----------
    scores : Tensor, shape (..., k)

    Returns
    -------
    Tensor, shape (..., k)
        Not negative; every row sums to 1; 0 for scores below the threshold. Gradients flow.

    Raises
    ------
    TypeError, ValueError
        If `scores` is not a finite float tensor with a dimension of keys.

    References
    ----------
    Peters, Niculae and Martins (2019), "Sparse sequence-to-sequence models", algorithm 2. As a
    kernel: Santos et al. (2026), a preprint.

    Examples
    --------
    >>> entmax15(torch.tensor([-2.0, 0.0, 0.5]))
    tensor([0.0000, 0.3260, 0.6740])
    """
    halves = _shift(scores) / 2
    return (halves - _entmax15_threshold(halves)).clamp(min=0).square()


def support_radius(scores: Tensor, w: float, *, entmax: bool = False) -> Tensor:
    """Bandwidth h that sparsemax, or 1.5-entmax, gives each query for Gaussian scores −½w²d².

    Keys nearer than h get weight: 1 − d²/h² in sparsemax, its square in 1.5-entmax, normalised.

    Parameters
    ----------
    scores : Tensor, shape (..., k)
        −½w²d², not shifted.
    w : float
        Inverse bandwidth of the scores, not 0.
    entmax : bool

    Returns
    -------
    Tensor, shape (..., 1)
        In units of d.

    Raises
    ------
    TypeError, ValueError
        If `scores` is not a finite float tensor with a dimension of keys, or w is 0.
    """
    shifted = _shift(scores)
    if w == 0:
        raise ValueError("w must not be 0: no score has a distance then")
    top = scores.amax(dim=-1, keepdim=True)
    threshold = (
        2 * _entmax15_threshold(shifted / 2) if entmax else _sparsemax_threshold(shifted)
    ) + top
    return (-2 * threshold).sqrt() / math.fabs(w)


def _shift(scores: Tensor) -> Tensor:
    """Scores whose largest is 0 in each row: the weights do not change, and no digit is lost."""
    check_float_tensor("scores", scores)
    if scores.ndim == 0:
        raise ValueError("scores must have a dimension of keys, got shape ()")
    return scores - scores.amax(dim=-1, keepdim=True)


def _ranked(z: Tensor) -> tuple[Tensor, Tensor]:
    """Scores from the largest down, (..., k), and how many there are down to each, (k,)."""
    descending = z.sort(dim=-1, descending=True).values
    return descending, torch.arange(1, z.shape[-1] + 1, dtype=z.dtype)


def _sparsemax_threshold(z: Tensor) -> Tensor:
    """τ with Σ max(0, zᵢ − τ) = 1, shape (..., 1)."""
    descending, count = _ranked(z)
    # With the largest r in the support, τ is this; the support is as large as it can be.
    thresholds = (descending.cumsum(dim=-1) - 1) / count  # (..., k)
    size = (descending > thresholds).sum(dim=-1, keepdim=True)  # (..., 1)
    return thresholds.gather(-1, size - 1)


def _entmax15_threshold(z: Tensor) -> Tensor:
    """τ with Σ max(0, zᵢ − τ)² = 1, shape (..., 1)."""
    descending, count = _ranked(z)
    mean = descending.cumsum(dim=-1) / count  # (..., k)
    squares = descending.square().cumsum(dim=-1) / count
    # count · ((mean − τ)² + variance) = 1, of which the smaller root is τ.
    room = 1 / count - (squares - mean.square())
    inside = room.clamp(min=0)
    # No derivative of a root at 0, which no support ends with.
    root = torch.where(inside > 0, inside, 1).sqrt() * (inside > 0)
    thresholds = mean - root
    size = (thresholds <= descending).sum(dim=-1, keepdim=True)
    return thresholds.gather(-1, size - 1)
