"""The leave-one-out loss of a compact kernel, piece by piece in w: all its minima, none missed.

A kernel c (1 − |u|^p) reaches the pair (i, j) while |xᵢ − xⱼ| w ≤ 1. Between two neighbouring
breakpoints w = 1/|xᵢ − xⱼ| the pairs in reach stay the same, and the error of point i is a
quotient of two linear functions of w^p. Quotients of this kind are monotone, and so are their
derivatives: over any stretch of w, values at its two ends bound what lies between. A stretch where
these bounds leave the sign of the loss's first or second derivative open is halved until they
do not.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

# Breakpoints this near each other, relatively, are one: distances that are equal on paper differ
# by rounding.
_SAME = 1e-12
# A stretch is not halved below this part of a piece.
_SHORTEST = 1e-14
# The largest (pieces, n, n) block of pairs held at once.
_BLOCK = 2**20


@dataclass(frozen=True)
class Candidate:
    """A stretch of w over which the loss is constant, most often a single point.

    Attributes
    ----------
    left, right : float
        Its ends, in ascending order; equal for a point.
    loss : float
    """

    left: float
    right: float
    loss: float


@dataclass(frozen=True)
class _Pieces:
    """Errors of n points on m pieces: e(s) = (a + b s)/(c + d s), (w/right)^p = 1 − s.

    Attributes
    ----------
    left, right : Tensor, shape (m,)
        Ends of the pieces in w.
    longest : Tensor, shape (m,)
        The value of s at the left end; s = 0 is the right one.
    a, b, c, d : Tensor, shape (m, n)
        With c > 0 and d ≥ 0: the denominator is a sum of kernels.
    turn : Tensor, shape (m, n)
        b c − a d, the sign of e′; 0 where it is only rounding.
    """

    left: Tensor
    right: Tensor
    longest: Tensor
    a: Tensor
    b: Tensor
    c: Tensor
    d: Tensor
    turn: Tensor

    def errors(self, piece: Tensor, s: Tensor) -> Tensor:
        """Errors at s (k,) on pieces (k,), shape (k, n)."""
        shift = s[:, None]
        numerator = self.a[piece] + self.b[piece] * shift
        return numerator / (self.c[piece] + self.d[piece] * shift)

    def derivative(self, piece: Tensor, s: Tensor) -> Tensor:
        """Half the loss's derivative in s, shape (k,)."""
        total = self.c[piece] + self.d[piece] * s[:, None]
        return (self.errors(piece, s) * self.turn[piece] / total**2).sum(-1)


def find_candidates(x: Tensor, y: Tensor, power: int, low: float, high: float) -> list[Candidate]:
    """Places between which the leave-one-out loss is monotone in w, ends of the range included.

    Time grows with n⁴, memory with n³.

    Parameters
    ----------
    x, y : Tensor, shape (n,), float64
        Of size 1 or so, since products of them are formed.
    power : int
        p of the kernel c (1 − |u|^p), 0 for the boxcar.
    low, high : float
        Range of w; below the w where a point loses its last neighbour.

    Returns
    -------
    list of Candidate
        In ascending order. For the boxcar, whose loss is a step function, the steps.
    """
    pieces = _make_pieces(x, y, power, low, high)
    m = len(pieces.left)
    every = torch.arange(m)
    if power == 0:
        losses = pieces.errors(every, torch.zeros(m).double()).square().sum(-1)
        return [
            Candidate(*row)
            for row in zip(
                pieces.left.tolist(), pieces.right.tolist(), losses.tolist(), strict=True
            )
        ]
    first = torch.zeros(1, dtype=torch.int64)
    inside = _turning_places(pieces)
    piece = torch.cat([first, every, *(p for p, _ in inside)])
    s = torch.cat([pieces.longest[:1], torch.zeros(m).double(), *(s for _, s in inside)])
    losses = pieces.errors(piece, s).square().sum(-1)
    w = pieces.right[piece] * (1 - s) ** (1 / power)
    w[0] = low
    order = torch.argsort(w, stable=True)
    return [
        Candidate(place, place, loss)
        for place, loss in zip(w[order].tolist(), losses[order].tolist(), strict=True)
    ]


def _make_pieces(x: Tensor, y: Tensor, power: int, low: float, high: float) -> _Pieces:
    n = len(x)
    distances = (x[:, None] - x).abs()  # (n, n)
    rises = y - y[:, None]  # (n, n): yⱼ − yᵢ
    breaks = torch.unique(distances[distances > 0].reciprocal())  # ascending
    breaks = breaks[(breaks > low * (1 + _SAME)) & (breaks < high * (1 - _SAME))]
    if len(breaks):
        apart = breaks[1:] > breaks[:-1] * (1 + _SAME)
        breaks = breaks[torch.cat([torch.ones(1, dtype=torch.bool), apart])]
    ends = torch.tensor([low, *breaks.tolist(), high], dtype=torch.float64)
    left, right = ends[:-1], ends[1:]
    itself = torch.eye(n, dtype=torch.bool)
    sums: list[list[Tensor]] = [[], [], [], []]
    for start in range(0, len(left), max(1, _BLOCK // n**2)):
        part = slice(start, start + max(1, _BLOCK // n**2))
        middle = left[part].sqrt() * right[part].sqrt()
        reached = (distances * middle[:, None, None] < 1) & ~itself  # (pieces, n, n)
        u = (distances * right[part, None, None]).clamp(max=1)
        gone = u**power if power else torch.zeros_like(u)  # what each kernel lacks to its peak
        kept = (1 - u) * (1 + u) if power == 2 else 1 - gone
        gone, kept = gone * reached, kept * reached
        parts = ((kept * rises).sum(-1), (gone * rises).sum(-1), kept.sum(-1), gone.sum(-1))
        for column, block in zip(sums, parts, strict=True):
            column.append(block)
    a, b, c, d = (torch.cat(column) for column in sums)
    turn = b * c - a * d
    rounding = 32 * n * torch.finfo(torch.float64).eps
    turn = turn.masked_fill(turn.abs() <= rounding * c * d, 0)
    longest = 1 - (left / right) ** power
    return _Pieces(left, right, longest, a, b, c, d, turn)


def _turning_places(pieces: _Pieces) -> list[tuple[Tensor, Tensor]]:
    """Places (piece, s) inside the pieces that part stretches of monotone loss."""
    places: list[tuple[Tensor, Tensor]] = []
    piece = torch.arange(len(pieces.left))
    start, stop = torch.zeros_like(pieces.longest), pieces.longest
    while len(piece):
        (low, high), (low_second, high_second) = _bounds(pieces, piece, start, stop)
        monotone = (low >= 0) | (high <= 0)
        bent = ~monotone & ((low_second >= 0) | (high_second <= 0))
        before, after = (pieces.derivative(piece, s) for s in (start, stop))
        turning = bent & (before * after < 0)
        for cell in turning.nonzero().flatten().tolist():
            root = _root(pieces, piece[cell : cell + 1], float(start[cell]), float(stop[cell]))
            places.append((piece[cell : cell + 1], torch.tensor([root], dtype=torch.float64)))
        left_open = ~(monotone | bent)
        piece, start, stop = piece[left_open], start[left_open], stop[left_open]
        middle = (start + stop) / 2
        places.append((piece, middle))
        long = stop - start > _SHORTEST
        piece, start, middle, stop = piece[long], start[long], middle[long], stop[long]
        piece = piece.repeat(2)
        start, stop = torch.cat([start, middle]), torch.cat([middle, stop])
    return places


def _root(pieces: _Pieces, piece: Tensor, start: float, stop: float) -> float:
    from scipy import optimize

    def derivative(s: float) -> float:
        return float(pieces.derivative(piece, torch.tensor([s], dtype=torch.float64)))

    return float(optimize.brentq(derivative, start, stop, xtol=1e-15))


def _bounds(
    pieces: _Pieces, piece: Tensor, start: Tensor, stop: Tensor
) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Bounds of half the loss's first and second derivative in s over [start, stop], (k,) each.

    With q = 1/(c + d s):  e′ = turn q²,  e″ = −2 d turn q³,  L′/2 = Σ e e′,  L″/2 = Σ e′² + e e″.
    """
    turn, d = pieces.turn[piece], pieces.d[piece]
    ends = torch.stack([pieces.errors(piece, start), pieces.errors(piece, stop)])
    error = ends.amin(0), ends.amax(0)
    q = tuple(1 / (pieces.c[piece] + d * s[:, None]) for s in (stop, start))  # small, large
    first = _scaled(_times(error, (q[0] ** 2, q[1] ** 2)), turn)
    bending = _scaled(_times(error, (q[0] ** 3, q[1] ** 3)), -2 * d * turn)
    low, high = ((turn * q[i] ** 2) ** 2 + bending[i] for i in (0, 1))
    return (first[0].sum(-1), first[1].sum(-1)), (low.sum(-1), high.sum(-1))


def _times(interval: tuple[Tensor, Tensor], factor: tuple[Tensor, ...]) -> tuple[Tensor, Tensor]:
    """Product of an interval and one of positive numbers."""
    low, high = interval
    small, large = factor
    return (
        torch.where(low < 0, low * large, low * small),
        torch.where(high > 0, high * large, high * small),
    )


def _scaled(interval: tuple[Tensor, Tensor], factor: Tensor) -> tuple[Tensor, Tensor]:
    low, high = interval
    return torch.minimum(low * factor, high * factor), torch.maximum(low * factor, high * factor)
