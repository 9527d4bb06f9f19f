"""The engine in the plane, in Node: data of one direction, attention by a matrix, learning."""

import math
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from node import JAVASCRIPT, Node, node

from nwcore import learn_metric, leave_one_out_loss, make_single_index

MODULES = ("metric", "plane")


@pytest.fixture(scope="module")
def engine() -> Iterator[Node]:
    with node(*(JAVASCRIPT / "engine" / f"{name}.js" for name in MODULES)) as running:
        yield running


METRIC_STARTS = {
    "number": torch.tensor(1.5, dtype=torch.float64),
    "axes": torch.tensor([1.5, 1.5], dtype=torch.float64),
    "matrix": 1.5 * torch.eye(2, dtype=torch.float64),
}
PLANE_SCORES = ("distance", "dot", "dot_norm")
PLANE_MASKS = ("none", "leave_one_out", "causal")
SKEW = torch.tensor([[2.0, -0.7], [0.4, 0.3]], dtype=torch.float64)


def direction_at(angle: float) -> torch.Tensor:
    radians = math.radians(angle)
    return torch.tensor([math.cos(radians), math.sin(radians)], dtype=torch.float64)


@pytest.mark.parametrize("seed", [0, 7, 2**32 - 1])
@pytest.mark.parametrize("angle", [0, 30, 90, 137, 180])
def test_the_points_have_the_bits_of_python(seed: int, angle: int, engine: Node) -> None:
    for n, noise in [(10, 0.0), (37, 0.3), (200, 1.0)]:
        found = engine.numbers(
            """const { x, y, testX, testY, direction } =
              E.makeSingleIndex(given.n, given.noise, given.seed, given.angle);
            return packed(x, testX, y, testY, direction)""",
            n=n,
            noise=noise,
            seed=seed,
            angle=angle,
        )
        data = make_single_index(n, 2, noise, seed, direction=direction_at(angle))
        inputs = torch.cat([data.x_train.ravel(), data.x_test.ravel()]).numpy()
        assert found[: len(inputs)].tobytes() == inputs.tobytes()
        outputs = torch.cat([data.y_train, data.y_test, data.direction]).numpy()
        np.testing.assert_allclose(found[len(inputs) :], outputs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("shape", METRIC_STARTS)
@pytest.mark.parametrize(
    ("n", "noise", "seed", "angle"),
    [(10, 0.3, 0, 30), (10, 0.0, 3, 0), (37, 1.0, 1, 135), (100, 0.3, 6, 90), (200, 0.3, 2, 171)],
)
def test_learning_takes_the_steps_of_torch(
    n: int, noise: float, seed: int, angle: int, shape: str, engine: Node
) -> None:
    data = make_single_index(n, 2, noise, seed, direction=direction_at(angle))
    history = learn_metric(data.x_train, data.y_train, METRIC_STARTS[shape], steps=150)
    found = engine.numbers(
        """const { x, y } = E.makeSingleIndex(given.n, given.noise, given.seed, given.angle);
        const path = E.learnPlane(x, y, E.SHAPES[given.shape], 150);
        return packed(...path.flatMap(({ w, loss }) => [w, loss]))""",
        n=n,
        noise=noise,
        seed=seed,
        angle=angle,
        shape=shape,
    ).reshape(151, -1)
    w = history.w.reshape(151, -1).numpy()
    largest = np.abs(w).max(axis=1, keepdims=True)
    np.testing.assert_allclose(found[:, :-1] / largest, w / largest, rtol=0, atol=1e-6)
    np.testing.assert_allclose(found[:, -1], history.losses, rtol=1e-6)


@pytest.mark.parametrize("scale", [0.0, 0.1, 1.0, 30.0, 1e3])
@pytest.mark.parametrize(
    "w", [torch.tensor([1.0]), torch.tensor([1.0, -0.3]), SKEW], ids=["number", "axes", "matrix"]
)
def test_the_loss_and_its_gradient_are_those_of_torch(
    w: torch.Tensor, scale: float, engine: Node
) -> None:
    """Far out, too, where no other point is near enough for exp(−½|W(x − xᵢ)|²) to be a number."""
    data = make_single_index(23, 2, 0.3, 5)
    start = scale * w.double()
    learned = start.clone().requires_grad_()
    loss = leave_one_out_loss(
        data.x_train, data.y_train, learned.squeeze() if len(start) == 1 else learned
    )
    loss.backward()  # type: ignore[no-untyped-call]
    found = engine.numbers(
        """const { loss, gradient } = E.planeLoss(v.x, v.y, Array.from(v.w));
        return packed(loss, gradient)""",
        {"x": data.x_train.ravel().numpy(), "y": data.y_train.numpy(), "w": start.ravel().numpy()},
    )
    assert learned.grad is not None
    assert found[0] == pytest.approx(float(loss.detach()), rel=1e-10)
    slope = learned.grad.ravel().numpy()
    np.testing.assert_allclose(found[1:], slope, rtol=1e-7, atol=1e-9)


def test_learning_goes_on_from_what_is_known(engine: Node) -> None:
    found = engine(
        """const { x, y } = E.makeSingleIndex(20, 0.3, 1, 30);
        const whole = E.learnPlane(x, y, E.SHAPES.matrix, 9);
        const part = E.learnPlane(x, y, E.SHAPES.matrix, 4);
        const length = part.length;
        const rest = E.learnPlane(x, y, E.SHAPES.matrix, 9, part);
        const back = E.learnPlane(x, y, E.SHAPES.matrix, 2, part);
        return [JSON.stringify(whole) === JSON.stringify(rest), length, part.length, back.length]"""
    )
    assert found == [True, 5, 5, 5]


def allowed_by_hand(mask: str, place: int, n: int) -> torch.Tensor:
    keys = torch.arange(n)
    return {"none": keys >= 0, "leave_one_out": keys != place, "causal": keys < place}[mask]


def weights_by_hand(
    query: torch.Tensor, keys: torch.Tensor, matrix: torch.Tensor, score: str
) -> torch.Tensor:
    q, k = matrix @ query, keys @ matrix.T
    scores = {
        "distance": -0.5 * (q - k).square().sum(dim=1),
        "dot": k @ q,
        "dot_norm": k @ q - 0.5 * k.square().sum(dim=1),
    }
    return scores[score]


@pytest.mark.parametrize("score", PLANE_SCORES)
@pytest.mark.parametrize("mask", PLANE_MASKS)
def test_weights_are_a_softmax_of_the_scores(score: str, mask: str, engine: Node) -> None:
    data = make_single_index(15, 2, 0.3, 4)
    for place in (0, 1, 7, 14):
        query = data.x_train[place]
        found = engine.numbers(
            """const allows = (key) => E.MASKS[given.mask](key, given.place);
            return packed(E.planeWeights(v.query, v.keys, v.matrix, given.score, allows))""",
            {
                "query": query.numpy(),
                "keys": data.x_train.ravel().numpy(),
                "matrix": SKEW.ravel().numpy(),
            },
            score=score,
            mask=mask,
            place=place,
        )
        scores = weights_by_hand(query, data.x_train, SKEW, score)
        hidden = ~allowed_by_hand(mask, place, 15)
        expected = torch.softmax(scores.masked_fill(hidden, -math.inf), dim=0)
        np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-300)


@pytest.mark.parametrize("angle", range(0, 360, 25))
@pytest.mark.parametrize("second", [0.0, 1e-9, 0.5, 2.0])
@pytest.mark.parametrize("mirrored", [False, True])
def test_singular_values_are_those_of_torch(
    angle: int, second: float, mirrored: bool, engine: Node
) -> None:
    turn, other = math.radians(angle), math.radians(3 * angle + 10)

    def rotation(by: float) -> torch.Tensor:
        rows = [[math.cos(by), -math.sin(by)], [math.sin(by), math.cos(by)]]
        return torch.tensor(rows, dtype=torch.float64)

    stretch = torch.diag(torch.tensor([3.0, -second if mirrored else second]).double())
    matrix = rotation(other) @ stretch @ rotation(turn).T
    found = engine.numbers(
        "const { values, leading } = E.singularValues(v.m); return packed(values, leading)",
        {"m": matrix.ravel().numpy()},
    )
    np.testing.assert_allclose(found[:2], [3.0, second], rtol=0, atol=1e-14)
    apart = (found[2] - angle) % 180
    assert min(apart, 180 - apart) == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("matrix", [[1.5, 0, 0, 1.5], [0, -2, 2, 0], [1, 0, 0, -1], [0, 0, 0, 0]])
def test_a_matrix_the_same_in_all_directions_has_no_leading_one(
    matrix: list[float], engine: Node
) -> None:
    found = engine.numbers("return packed(E.singularValues(v.m).leading)", {"m": matrix})
    assert math.isnan(found[0])
