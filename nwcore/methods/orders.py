"""Sums Σ K u^j and Σ K u^j y of several orders j, of which local lines and parabolas are made."""

from dataclasses import dataclass, replace

from torch import Tensor


@dataclass(frozen=True)
class OrderSums:
    """Sums over the keys of q queries, and how far they may be wrong.

    All are in one unit, which may be another for each query and of which a ratio knows nothing;
    so is u = x − xᵢ, in a unit in which it is of size 1 or so wherever K counts.

    Attributes
    ----------
    keys : Tensor, shape (n_orders, q)
        Σ K u^j.
    values : Tensor, shape (n_value_orders, c, q)
        Σ K u^j y, for each of c columns of values.
    key_changes, value_changes : Tensor of the same shapes or with two orders less, or None
        The same with w ∂K/∂w in place of K, where derivatives are wanted.
    peak : Tensor, shape (q,)
        K(0).
    key_errors : Tensor, shape (n, q)
    value_errors : Tensor, shape (n_values, c, q)
        No sum is wrong by more, of as many orders as the fits themselves need.
    least : Tensor, shape (1 + c, q)
        No Σ K, and no Σ K |y|, is smaller.
    answered : Tensor, shape (q,), bool
        Which queries have their sums.
    """

    keys: Tensor
    values: Tensor
    key_changes: Tensor | None
    value_changes: Tensor | None
    peak: Tensor
    key_errors: Tensor
    value_errors: Tensor
    least: Tensor
    answered: Tensor

    def without(self, terms: Tensor) -> "OrderSums":
        """The sums without each query's own term, which is at u = 0: terms (1 + c, q)."""
        own = terms * self.peak  # (1 + c, q)
        keys, values = self.keys.clone(), self.values.clone()
        keys[0] -= own[0]
        values[0] -= own[1:]
        sizes = own.abs()
        # As if the others' sums were of the size of the value that is left out, at least.
        rest = (self.least - sizes).clamp(min=0)
        rest[1:] += terms[1:].abs() * keys[0].clamp(min=0)
        return replace(self, keys=keys, values=values, least=rest)
