"""Bad input: a table of calls, the kind of error each raises and what its message names."""

from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor, tensor

from nwcore import (
    NWKernelRegression,
    attention_pooling,
    attention_weights,
    average_pooling,
    fit,
    kernels,
    leave_one_out_loss,
    leave_one_out_pairs,
    leave_one_out_step,
    make_regression,
    rmse,
    true_function,
)
from nwcore.plotting import LossCurve, plot_loss_over_w, plot_regression, show_heatmaps

NAN, INF = float("nan"), float("inf")
HUGE = 10**400  # an integer beyond every float

V = tensor([1.0, 2.0, 4.0])
W = V.double()
M = tensor([[1.0, 2.0, 4.0], [3.0, 5.0, 6.0]])
DATA = make_regression(n_train=5)

# A bad value, the kind of error, and what the message says after the argument's name.
Bad = list[tuple[object, type[Exception] | tuple[type[Exception], ...], str]]

NO_TENSOR: Bad = [
    ([1.0, 2.0, 4.0], TypeError, "must be a torch.Tensor, got list"),
    (None, TypeError, "must be a torch.Tensor, got NoneType"),
    (V.numpy(), TypeError, "must be a torch.Tensor, got ndarray"),
    (V.long(), TypeError, "must have dtype .* got torch.int64"),
    (V > 2, TypeError, "must have dtype .* got torch.bool"),
    (V.half(), TypeError, "must have dtype .* got torch.float16"),
    (V.to(torch.complex64), TypeError, "must have dtype .* got torch.complex64"),
    (tensor([]), ValueError, r"must not be empty, got shape \(0,\)"),
    (tensor([1.0, NAN, 4.0]), ValueError, "must be finite"),
    (tensor([1.0, -INF, 4.0]), ValueError, "must be finite"),
]
# Inputs may also have coordinates.
NO_INPUTS: Bad = [
    *NO_TENSOR,
    (tensor(1.0), ValueError, r"must have rank 1, got shape \(\)"),
]
NO_VECTOR: Bad = [
    *NO_INPUTS,
    (M, ValueError, r"must have rank 1, got shape \(2, 3\)"),
]
NO_VECTOR_OR_MATRIX: Bad = [
    *NO_TENSOR,
    (tensor(1.0), ValueError, r"must have rank 1 or 2, got shape \(\)"),
    (M[None], ValueError, r"must have rank 1 or 2, got shape \(1, 2, 3\)"),
]
NO_NUMBER: Bad = [
    ("1", TypeError, "must be a real number, got '1'"),
    (None, TypeError, "must be a real number, got None"),
    (True, TypeError, "must be a real number, got True"),
    (1j, TypeError, "must be a real number"),
    (NAN, ValueError, "must be finite, got nan"),
    (-INF, ValueError, "must be finite, got -inf"),
    (HUGE, ValueError, "must be finite"),
]
NO_WIDTH: Bad = [
    *NO_NUMBER,
    (V, ValueError, r"must be a number or hold one element, got shape \(3,\)"),
    (tensor([[1.0]]), ValueError, r"must have rank 0 or 1, got shape \(1, 1\)"),
    (tensor([]), ValueError, "must not be empty"),
    (tensor(NAN), ValueError, "must be finite"),
    (tensor(INF), ValueError, "must be finite"),
    (tensor(1), TypeError, "must have dtype .* got torch.int64"),
]
NO_KERNEL: Bad = [
    ("unheard_of", ValueError, "must be one of gaussian, boxcar, .* got 'unheard_of'"),
    ("Gaussian", ValueError, "must be one of .* got 'Gaussian'"),
    ("", ValueError, "must be one of .* got ''"),
    (None, ValueError, "must be one of .* got None"),
    (["gaussian"], (ValueError, TypeError), r"must be one of .* got \['gaussian'\]"),
]
NO_COUNT: Bad = [
    (0, ValueError, "must be at least 1, got 0"),
    (-3, ValueError, "must be at least 1, got -3"),
    (2.0, TypeError, "must be an integer, got 2.0"),
    (True, TypeError, "must be an integer, got True"),
    ("2", TypeError, "must be an integer, got '2'"),
    (None, TypeError, "must be an integer, got None"),
]
NO_SEED: Bad = [
    (-1, ValueError, "must be between 0 and 4294967295, got -1"),
    (2**32, ValueError, "must be between 0 and 4294967295, got 4294967296"),
    (1.0, TypeError, "must be an integer, got 1.0"),
    (False, TypeError, "must be an integer, got False"),
]
NO_DTYPE: Bad = [
    (torch.float16, TypeError, "must be torch.float32 or torch.float64, got torch.float16"),
    (torch.int64, TypeError, "must be .* got torch.int64"),
    ("float32", TypeError, "must be .* got 'float32'"),
    (float, TypeError, "must be .* got <class 'float'>"),
]


def each(call: Callable[..., object], argument: str, bad: Bad, **good: object) -> list[Any]:
    """A row for every bad value of one argument, the others being `good`."""
    name = getattr(call, "__name__", str(call))
    return [
        pytest.param(
            call,
            {**good, argument: value},
            error,
            f"{argument} {message}",
            id=f"{name}({argument}={' '.join(repr(value).split())[:60]})",
        )
        for value, error, message in bad
    ]


def row(call: Callable[..., object], error: type[Exception], message: str, **given: object) -> Any:
    name = getattr(call, "__name__", str(call))
    return pytest.param(call, given, error, message, id=f"{name}: {message}")


def call_model(queries: Tensor, keys: Tensor, values: Tensor) -> Tensor:
    result: Tensor = NWKernelRegression(w=1.0)(queries, keys, values)
    return result


def same_length(call: Callable[..., object], first: str, second: str, error: str) -> list[Any]:
    return [
        row(call, ValueError, error, **{first: V, second: V[:2]}),
        row(call, TypeError, "must have the same dtype", **{first: V, second: W}),
    ]


POOLED = {"queries": V, "keys": V, "values": V}
TRAINED = {"x_train": V, "y_train": V}

TABLES = [
    # data
    each(
        true_function,
        "x",
        [*NO_TENSOR, (tensor([1.0, -0.5]), ValueError, "must be non-negative .* got -0.5")],
    ),
    each(make_regression, "n_train", NO_COUNT),
    each(
        make_regression,
        "noise",
        [
            *NO_NUMBER,
            (-0.1, ValueError, "must be at least 0, got -0.1"),
            (tensor(0.5), TypeError, "must be a real number"),
            (1e39, ValueError, ""),  # finite, but not the outputs it gives in float32
        ],
    ),
    each(make_regression, "seed", NO_SEED),
    each(make_regression, "dtype", NO_DTYPE),
    # kernels
    *[
        each(
            kernel,
            "u",
            [
                ([1.0], TypeError, "must be a tensor of torch.float32 or torch.float64, got list"),
                (1.0, TypeError, "must be a tensor .* got float"),
                (V.long(), TypeError, "must be a tensor .* got torch.int64"),
                (tensor([0.0, NAN]), ValueError, "must not hold NaN"),
            ],
        )
        for kernel in kernels.KERNELS.values()
    ],
    # metrics
    each(rmse, "predicted", NO_VECTOR, truth=V),
    each(rmse, "truth", NO_VECTOR, predicted=V),
    same_length(rmse, "predicted", "truth", "predicted and truth must have the same shape"),
    # pooling
    each(average_pooling, "values", NO_VECTOR, n_queries=2),
    each(average_pooling, "n_queries", NO_COUNT, values=V),
    each(attention_weights, "queries", NO_INPUTS, keys=V),
    each(attention_weights, "keys", NO_VECTOR_OR_MATRIX, queries=V),
    each(attention_weights, "w", NO_WIDTH, queries=V, keys=V),
    each(attention_weights, "kernel", NO_KERNEL, queries=V, keys=V),
    each(
        attention_weights,
        "empty",
        [("zero", ValueError, ".*got .zero."), (None, ValueError, ".*got None")],
        queries=V,
        keys=V,
    ),
    [
        row(
            attention_weights,
            TypeError,
            "queries and keys must have the same dtype",
            queries=V,
            keys=W,
        ),
        row(attention_weights, ValueError, "keys .* got 2 rows for 3 queries", queries=V, keys=M),
    ],
    each(attention_pooling, "queries", NO_INPUTS, keys=V, values=V),
    each(attention_pooling, "keys", NO_VECTOR_OR_MATRIX, queries=V, values=V),
    each(attention_pooling, "values", NO_VECTOR_OR_MATRIX, queries=V, keys=V),
    each(attention_pooling, "w", NO_WIDTH, **POOLED),
    each(attention_pooling, "kernel", NO_KERNEL, **POOLED),
    each(attention_pooling, "empty", [(1, ValueError, ".*got 1")], **POOLED),
    *[
        [
            row(
                call,
                ValueError,
                "keys and values must have the same shape",
                **{**POOLED, "values": V[:2]},
            ),
            row(
                call,
                ValueError,
                "keys and values must have the same shape",
                **{**POOLED, "values": M},
            ),
            row(call, ValueError, "got 2 rows for 3 queries", queries=V, keys=M, values=M),
            row(
                call,
                TypeError,
                "keys and values must have the same dtype",
                **{**POOLED, "values": W},
            ),
            row(
                call,
                TypeError,
                "queries and keys must have the same dtype",
                **{**POOLED, "queries": W},
            ),
        ]
        for call in (attention_pooling, call_model)
    ],
    each(leave_one_out_pairs, "x_train", NO_VECTOR, y_train=V),
    each(leave_one_out_pairs, "y_train", NO_VECTOR, x_train=V),
    each(leave_one_out_loss, "x_train", NO_INPUTS, y_train=V, w=1.0),
    each(leave_one_out_loss, "y_train", NO_VECTOR, x_train=V, w=1.0),
    same_length(leave_one_out_pairs, "x_train", "y_train", "x_train and y_train .* same shape"),
    [
        row(
            leave_one_out_pairs,
            ValueError,
            "x_train must hold at least 2",
            x_train=V[:1],
            y_train=V[:1],
        ),
        row(
            leave_one_out_loss,
            ValueError,
            "x_train must hold at least 2",
            x_train=V[:1],
            y_train=V[:1],
            w=1.0,
        ),
        row(
            leave_one_out_loss,
            ValueError,
            "x_train and y_train .* same shape",
            x_train=V,
            y_train=V[:2],
            w=1.0,
        ),
    ],
    each(leave_one_out_loss, "w", NO_WIDTH, **TRAINED),
    each(leave_one_out_step, "x_train", NO_INPUTS, y_train=V, w=1.0),
    each(leave_one_out_step, "y_train", NO_VECTOR, x_train=V, w=1.0),
    each(leave_one_out_step, "w", NO_NUMBER, **TRAINED),
    each(leave_one_out_step, "kernel", NO_KERNEL, w=1.0, **TRAINED),
    each(leave_one_out_loss, "kernel", NO_KERNEL, w=1.0, **TRAINED),
    # model
    each(
        NWKernelRegression,
        "w",
        [
            *[case for case in NO_NUMBER if case[0] is not None],
            (tensor(1), TypeError, "must have dtype .* got torch.int64"),
            (1e39, ValueError, ""),  # finite, but not in float32
        ],
    ),
    each(NWKernelRegression, "seed", NO_SEED),
    each(NWKernelRegression, "seed", [(3, ValueError, "must be omitted when w is given")], w=1.0),
    each(NWKernelRegression, "dtype", NO_DTYPE),
    each(call_model, "queries", NO_INPUTS, keys=V, values=V),
    each(call_model, "keys", NO_VECTOR_OR_MATRIX, queries=V, values=V),
    each(call_model, "values", NO_VECTOR_OR_MATRIX, queries=V, keys=V),
    # training
    each(
        fit,
        "model",
        [(torch.nn.Linear(1, 1), TypeError, "must be an NWKernelRegression, got Linear")],
        **TRAINED,
    ),
    each(fit, "x_train", NO_VECTOR, model=NWKernelRegression(w=1.0), y_train=V),
    each(fit, "y_train", NO_VECTOR, model=NWKernelRegression(w=1.0), x_train=V),
    each(
        fit,
        "lr",
        [
            *NO_NUMBER,
            (0, ValueError, "must be above 0, got 0"),
            (-0.5, ValueError, "must be above 0, got -0.5"),
        ],
        model=NWKernelRegression(w=1.0),
        **TRAINED,
    ),
    each(fit, "epochs", NO_COUNT, model=NWKernelRegression(w=1.0), **TRAINED),
    [
        row(
            fit,
            TypeError,
            "model and x_train must have the same dtype",
            model=NWKernelRegression(w=1.0),
            x_train=W,
            y_train=W,
        ),
        row(
            fit,
            ValueError,
            "x_train must hold at least 2",
            model=NWKernelRegression(w=1.0),
            x_train=V[:1],
            y_train=V[:1],
        ),
    ],
    # plotting
    each(
        plot_regression,
        "predicted",
        [
            *[case for case in NO_VECTOR if case[0] is not None],
            (torch.ones(49), ValueError, r".*same shape, got .*\(49,\)"),
            (torch.ones(50).double(), TypeError, ".*same dtype"),
        ],
        data=DATA,
    ),
    each(
        show_heatmaps,
        "weights",
        [
            ([], ValueError, "must hold at least one matrix, got none"),
            (V, ValueError, r"must have rank 2, got shape \(3,\)"),
            ([M, V], ValueError, "must have rank 2"),
            ([M.tolist()], TypeError, "must be a torch.Tensor, got list"),
            (M * NAN, ValueError, "must be finite"),
            (torch.ones(0, 3), ValueError, "must not be empty"),
            (M.long(), TypeError, "must have dtype"),
        ],
    ),
    [
        row(
            show_heatmaps,
            ValueError,
            r"weights\[0\] and .* must have the same shape",
            weights=[M, M.T],
        )
    ],
    each(
        show_heatmaps,
        "queries",
        [
            (V, ValueError, r"must have shape \(2,\), got \(3,\)"),
            ([1.0, 2.0], TypeError, "must be a torch.Tensor, got list"),
            (tensor([1.0, NAN]), ValueError, "must be finite"),
        ],
        weights=M,
    ),
    each(
        show_heatmaps,
        "keys",
        [
            (V[:2], ValueError, r"must have shape \(3,\), got \(2,\)"),
            ([1.0, 2.0, 4.0], TypeError, "must be a torch.Tensor, got list"),
            (tensor([1.0, NAN, 4.0]), ValueError, "must be finite"),
        ],
        weights=M,
    ),
    each(
        show_heatmaps,
        "titles",
        [(["a", "b"], ValueError, "must be 1, one a panel, got 2")],
        weights=M,
    ),
    each(
        plot_loss_over_w,
        "w",
        [
            *NO_VECTOR,
            (tensor([0.0, 1.0, 2.0]), ValueError, "must be positive everywhere, got 0"),
            (tensor([1.0, 3.0, 2.0]), ValueError, "must .*ascend"),
        ],
        losses=V,
    ),
    each(plot_loss_over_w, "losses", NO_VECTOR, w=V),
    same_length(plot_loss_over_w, "w", "losses", "w and losses must have the same shape")[:1],
    each(LossCurve, "epochs", NO_COUNT),
]


@pytest.mark.parametrize(
    ("call", "given", "error", "message"), [case for table in TABLES for case in table]
)
def test_bad_input_is_refused_by_name(
    call: Callable[..., object],
    given: dict[str, Any],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        call(**given)


def test_a_loss_curve_without_points_cannot_be_drawn() -> None:
    with pytest.raises(ValueError, match="no points yet"):
        LossCurve(epochs=3).picture()


def test_a_refused_training_leaves_the_model_alone() -> None:
    model = NWKernelRegression(w=0.5)
    with pytest.raises(ValueError, match="epochs"):
        fit(model, V, V, epochs=0)
    assert model.w.tolist() == [0.5]
    assert model.attention_weights is None
