"""The estimator: what scikit-learn asks of one, and the numbers of the functions below it."""

import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, LeaveOneOut, cross_val_predict
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from nwcore import (
    KERNELS,
    adaptive_pooling,
    attention_pooling,
    find_bandwidth,
    leave_one_out_loss,
    make_regression,
    nearest_neighbour_w,
)
from nwcore.sklearn import KernelRegressor


def plane(n: int, seed: int = 0) -> tuple[Any, Any]:
    """Inputs (n, 2) and outputs (n,)."""
    random = np.random.default_rng(seed)
    x = random.uniform(-1, 1, (n, 2))
    return x, np.sin(3 * x[:, 0]) + x[:, 1] ** 2 + 0.1 * random.normal(size=n)


@parametrize_with_checks(
    [KernelRegressor(), KernelRegressor(w=1.0), KernelRegressor(kernel="laplace", empty="nan")]
)
def test_it_is_an_estimator(estimator: Any, check: Any) -> None:
    check(estimator)


def test_one_feature_is_pooled_as_it_is() -> None:
    data = make_regression(n_train=60, seed=6, dtype=torch.float64)
    x, y = data.x_train.numpy()[:, None], data.y_train.numpy()
    model = KernelRegressor().fit(x, y)
    assert model.w_ == find_bandwidth(data.x_train, data.y_train).w
    expected = attention_pooling(data.x_test, data.x_train, data.y_train, model.w_)
    np.testing.assert_array_equal(model.predict(data.x_test.numpy()[:, None]), expected.numpy())


@pytest.mark.parametrize("kernel", sorted(KERNELS))
def test_several_features_and_outputs(kernel: str) -> None:
    x, y = plane(80)
    both = np.stack([y, 3 - 2 * y], axis=1)
    model = KernelRegressor(w=-1.5, kernel=kernel).fit(x, both)
    points = torch.tensor(x)
    expected = attention_pooling(points[:7], points, torch.tensor(both), 1.5, kernel)
    found = model.predict(x[:7])
    np.testing.assert_array_equal(found, expected.numpy())
    np.testing.assert_allclose(found[:, 1], 3 - 2 * found[:, 0], rtol=1e-12)
    alone = KernelRegressor(w=1.5, kernel=kernel).fit(x, y).predict(x[:7])
    np.testing.assert_allclose(alone, found[:, 0], rtol=1e-12)


@pytest.mark.parametrize("kernel", ["gaussian", "epanechnikov", "tricube", "laplace", "cosine"])
@pytest.mark.parametrize("n_features", [1, 2])
def test_w_has_the_least_leave_one_out_loss(n_features: int, kernel: str) -> None:
    x, y = plane(60)
    x = x[:, :n_features]
    both = np.stack([y, 2 * np.cos(4 * x[:, 0])], axis=1)
    model = KernelRegressor(kernel=kernel).fit(x, both)
    inputs = torch.tensor(x if n_features == 2 else x[:, 0])

    def loss(w: float) -> float:
        columns = torch.tensor(both).unbind(1)
        return sum(float(leave_one_out_loss(inputs, column, w, kernel)) for column in columns)

    least = loss(model.w_)
    apart = torch.cdist(torch.tensor(x), torch.tensor(x)).fill_diagonal_(torch.inf)
    farthest = float(apart.amin(1).max())
    high = 0.999 * KERNELS[kernel].support / farthest if KERNELS[kernel].compact else 100.0
    for w in np.geomspace(0.1, high, 50):
        assert loss(float(w)) >= least * (1 - 1e-4)
    for factor in (0.99, 1.01):
        assert loss(model.w_ * factor) >= least
    predicted = cross_val_predict(KernelRegressor(model.w_, kernel), x, both, cv=LeaveOneOut())
    assert ((predicted - both) ** 2).sum() == pytest.approx(least, rel=1e-10)


def test_a_compact_kernel_may_go_to_where_a_point_loses_its_last_neighbour() -> None:
    x = np.array([[0.0], [0.1], [1.0], [1.1], [2.0], [2.3]])
    y = np.array([[0.0, 1.0], [0.0, 1.0], [5.0, 2.0], [5.0, 2.0], [1.0, 9.0], [1.0, 9.0]])
    model = KernelRegressor(kernel="boxcar").fit(x, y)
    assert 1 / 0.9 < model.w_ <= 1 / 0.3
    np.testing.assert_array_equal(model.predict(x), y)


def test_equal_inputs_are_averaged() -> None:
    for outputs in (np.arange(4.0), np.arange(8.0).reshape(4, 2)):
        model = KernelRegressor().fit(np.ones((4, 2)), outputs)
        assert model.w_ == 0
        np.testing.assert_allclose(model.predict([[7.0, 3.0]])[0], outputs.mean(0))


def test_it_can_be_searched_in_a_pipeline() -> None:
    x, y = plane(90)
    x[:, 1] *= 1000  # of another scale
    pipeline = make_pipeline(StandardScaler(), KernelRegressor())
    parameters = {
        "kernelregressor__w": [0.01, 4.0, 100.0],
        "kernelregressor__kernel": ["gaussian", "laplace"],
    }
    search = GridSearchCV(pipeline, parameters, error_score="raise").fit(x, y)
    assert search.best_params_["kernelregressor__w"] == 4.0
    assert search.best_score_ > 0.8
    assert pipeline.fit(x, y).score(x, y) > 0.9


def test_frames_have_names() -> None:
    x, y = plane(30)
    frame = pd.DataFrame(x, columns=["height", "width"])
    model = KernelRegressor(w=3.0).fit(frame, pd.Series(y))
    assert model.feature_names_in_.tolist() == ["height", "width"]
    expected = KernelRegressor(w=3.0).fit(x, y).predict(x)
    np.testing.assert_array_equal(model.predict(frame), expected)
    with pytest.raises(ValueError, match="feature names"):
        model.predict(frame[["width", "height"]])


def test_nothing_in_reach_is_an_error_or_nan() -> None:
    x, y = plane(30)
    far = [[0.0, 0.0], [9.0, 9.0]]
    model = KernelRegressor(w=1.0, kernel="boxcar").fit(x, y)
    with pytest.raises(ValueError, match="no key within the reach of the boxcar kernel"):
        model.predict(far)
    found = clone(model).set_params(empty="nan").fit(x, y).predict(far)
    assert np.isnan(found).tolist() == [False, True]


@pytest.mark.parametrize(
    ("parameters", "kind", "message"),
    [
        ({"w": "plug-in"}, ValueError, "w must be a number or \"leave-one-out\", got 'plug-in'"),
        ({"w": None}, ValueError, "w must be a number or .* got None"),
        ({"w": True}, TypeError, "w must be a real number, got True"),
        ({"w": np.nan}, ValueError, "w must be finite, got nan"),
        ({"kernel": "student"}, ValueError, "kernel must be one of gaussian, .* got 'student'"),
        ({"kernel": "constant"}, ValueError, "kernel must depend on w, got 'constant'"),
    ],
)
def test_bad_parameters_are_named(parameters: dict[str, Any], kind: type, message: str) -> None:
    x, y = plane(10)
    for inputs in (x, x[:, :1]):
        with pytest.raises(kind, match=message):
            KernelRegressor(**parameters).fit(inputs, y)


@pytest.mark.parametrize("n_features", [1, 3])
@pytest.mark.parametrize("k", [1, 4, 30])
def test_a_boxcar_to_the_kth_neighbour_is_nearest_neighbour_regression(
    k: int, n_features: int
) -> None:
    random = np.random.default_rng(2)
    x, y = random.normal(size=(30, n_features)), random.normal(size=(30, 2))
    queries = random.normal(size=(50, n_features))
    expected = KNeighborsRegressor(k).fit(x, y).predict(queries)
    keys, there = (torch.tensor(z if n_features > 1 else z[:, 0]) for z in (x, queries))
    w = nearest_neighbour_w(there, keys, k)
    found = adaptive_pooling(there, keys, torch.tensor(y), w, "boxcar")
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


WITHOUT = """
import sys
sys.modules["sklearn"] = None  # an import of it fails
import nwcore
try:
    import nwcore.sklearn
except ImportError as error:
    print(error)
"""


def test_without_scikit_learn_the_rest_works_and_the_message_says_what_to_install() -> None:
    done = subprocess.run([sys.executable, "-c", WITHOUT], capture_output=True, text=True)
    assert done.stderr == ""
    assert done.stdout.strip() == (
        'nwcore.sklearn needs scikit-learn, install it with: pip install "nwcore[sklearn]"'
    )
