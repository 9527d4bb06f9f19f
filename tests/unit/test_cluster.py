"""Pooling on a Dask cluster: the numbers of one machine, also when a worker is killed."""

import logging
import math
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import dask
import dask.array as da
import numpy as np
import pytest
import torch
from distributed import Client, Event, LocalCluster, Queue
from scale_problems import LAYOUTS, VALUES, Problem, make_problem

from nwcore import attention_pooling, cluster
from nwcore.cluster import attention_pooling_on_cluster, local_client

# Only a cluster that never answers meets it: a worker that was killed imports torch again first.
TIMEOUT = 300


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    """The client of two processes; not the current one, which some tests are about."""
    # A cluster gives up, for good, a worker that is away some seconds after any loss of it: a
    # second loss within them would not be made good.
    patience = {"distributed.deploy.lost-worker-timeout": f"{TIMEOUT}s"}
    with (
        dask.config.set(patience),
        LocalCluster(
            n_workers=2, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0"
        ) as two,
        Client(two, set_as_default=False) as client,
    ):
        yield client


def chunked(problem: Problem, sizes: tuple[Any, Any, Any] = (700, 900, 500)) -> list[da.Array]:
    tensors = (problem.queries, problem.keys, problem.values)
    return [da.from_array(x.numpy(), chunks=n) for x, n in zip(tensors, sizes, strict=True)]


def compute(client: Client, array: da.Array) -> Any:
    return client.compute(array).result()


def assert_same(found: Any, problem: Problem, tolerance: float = 1e-12) -> None:
    inputs = (problem.queries, problem.keys)
    expected = attention_pooling(*inputs, problem.values, problem.w, method="linear")
    size = attention_pooling(*inputs, problem.values.abs(), problem.w, method="direct")
    answers = torch.from_numpy(found)
    assert answers.dtype == expected.dtype
    assert answers.shape == expected.shape
    # Weights below the smallest normal number have fewer digits.
    least = torch.finfo(torch.float64).tiny * float(problem.values.abs().max())
    assert bool(((answers - expected).abs() <= tolerance * size + least).all())


def spy_on(monkeypatch: pytest.MonkeyPatch, name: str) -> list[tuple[tuple[Any, ...], Any]]:
    """Arguments and results of all calls of a function of the module."""
    calls = []
    function = getattr(cluster, name)

    def spy(*args: Any) -> Any:
        result = function(*args)
        calls.append((args, result))
        return result

    monkeypatch.setattr(cluster, name, spy)
    return calls


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_numbers_are_those_of_one_machine(layout: str, client: Client) -> None:
    for number, scaled_range in enumerate((0.0, 3.0, 300.0, 1e9)):
        kind = VALUES[number % len(VALUES)]
        problem = make_problem(layout, kind, 2000, 1000, scaled_range, seed=number)
        result = attention_pooling_on_cluster(*chunked(problem), problem.w, client=client)
        assert_same(compute(client, result), problem)


@pytest.mark.parametrize(
    ("way", "layout", "scaled_range", "left_over"),
    [
        ("all bins", "uniform", 2.0, False),
        ("all bins", "gap", 300.0, True),
        ("bins near points", "ends", 1e6, True),
        ("bins near points", "duplicates", 1e8, True),
        ("no table", "uniform", 1e8, True),
        ("no table", "one place", 1e305, True),
    ],
)
def test_every_way_is_taken_and_exact(
    way: str,
    layout: str,
    scaled_range: float,
    left_over: bool,
    client: Client,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem = make_problem(layout, "signed", 5000, 1000, scaled_range, seed=1)
    layouts = spy_on(monkeypatch, "_lay_bins")
    batches = spy_on(monkeypatch, "_batches")
    result = attention_pooling_on_cluster(
        *chunked(problem, (300, 1500, 1200)), problem.w, client=client
    )
    ((_, layout_taken),) = layouts
    if layout_taken is None:
        assert way == "no table"
    else:
        assert way == ("all bins" if layout_taken[1].bins is None else "bins near points")
    (((counts,), _),) = batches
    assert any(counts) == left_over
    assert_same(compute(client, result), problem)


def test_queries_left_over_share_batches_and_get_their_own_answers(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    problem = make_problem("gap", "signed", 3000, 2000, 300.0, seed=2)
    monkeypatch.setattr(cluster, "_LEFT_OVER", 150)
    batches = spy_on(monkeypatch, "_batches")
    result = attention_pooling_on_cluster(*chunked(problem, (100, 500, 500)), 30.0, client=client)
    ((_, found),) = batches
    assert len(found) > 1
    assert max(len(batch) for batch in found) > 1
    problem = Problem(problem.queries, problem.keys, problem.values, 30.0)
    assert_same(compute(client, result), problem)


def test_keys_far_below_the_nearest_count_where_the_near_ones_are_worth_nothing(
    client: Client,
) -> None:
    keys = torch.cat([torch.zeros(500), torch.ones(500)]).double()
    values = keys.clone()
    problem = Problem(torch.tensor([-30.0, 0.0, 0.3]).double(), keys, values, 20.0)
    result = compute(
        client,
        attention_pooling_on_cluster(*chunked(problem, (3, 300, 1000)), 20.0, client=client),
    )
    assert 0 < result[1] < 1e-80
    assert_same(result, problem)


@pytest.mark.parametrize("w", [-1.7e308, 1.7e308, -3.0])
def test_any_w_and_its_sign(w: float, client: Client) -> None:
    problem = make_problem("duplicates", "signed", 2000, 1000, 1.0, seed=3)
    problem = Problem(problem.queries, problem.keys, problem.values, w)
    result = attention_pooling_on_cluster(*chunked(problem), w, client=client)
    assert_same(compute(client, result), problem)


@pytest.mark.parametrize("w", [0.1, 7.0, 1e300])
def test_float32(w: float, client: Client) -> None:
    found = make_problem("normal", "wide", 3000, 1000, 1.0, seed=4)
    problem = Problem(found.queries.float(), found.keys.float(), found.values.float(), w)
    result = attention_pooling_on_cluster(*chunked(problem), w, client=client)
    assert result.dtype == np.float32
    assert_same(compute(client, result), problem, tolerance=1e-5)


def test_the_largest_numbers(client: Client) -> None:
    largest = torch.finfo(torch.float64).max
    keys = torch.tensor([-largest, -1.0, 1.0, largest], dtype=torch.float64)
    values = torch.tensor([largest, -largest, largest, -largest], dtype=torch.float64)
    problem = Problem(keys, keys, values, 1e-3)
    result = attention_pooling_on_cluster(*chunked(problem, (3, 3, 2)), 1e-3, client=client)
    assert_same(compute(client, result), problem)


@pytest.mark.parametrize(
    ("x", "keys", "w"),
    [
        (1e6, (0.1, 0.1000001), 1.0),
        (-3.0, (0.1, 0.10001), 300.0),
        (0.3, (-1.0, 1.6), 300.0),  # nearly as far on both sides
    ],
)
@pytest.mark.parametrize("chunk", [1, 2])
def test_far_queries_keep_their_digits(
    x: float, keys: tuple[float, float], w: float, chunk: int, client: Client
) -> None:
    arrays = (da.from_array([x]), da.from_array(keys, chunks=chunk), da.from_array([1.0, 2.0]))
    (found,) = compute(client, attention_pooling_on_cluster(*arrays, w, client=client))
    # Of exact numbers: w² ((x − a)² − (x − b)²) / 2 is how much the second key scores above.
    first, second = (Fraction(key) for key in keys)
    above = Fraction(w) ** 2 * ((Fraction(x) - first) ** 2 - (Fraction(x) - second) ** 2) / 2
    assert found == pytest.approx(2 - 1 / (1 + math.exp(float(above))), rel=1e-13)


def test_inputs_whose_differences_overflow_and_values_that_fill_the_range(client: Client) -> None:
    keys = da.from_array([-1.7e308, 1.7e308], chunks=1)
    largest = float(np.finfo(np.float64).max)
    for values, expected in (([1.0, 2.0], 1.5), ([largest, largest], largest)):
        arrays = (da.from_array([0.0]), keys, da.from_array(values, chunks=1))
        (found,) = compute(client, attention_pooling_on_cluster(*arrays, 0.0, client=client))
        assert found == pytest.approx(expected, rel=1e-14)


def test_small_values_beside_large_ones_keep_their_digits(client: Client) -> None:
    keys = da.from_array([0.0, 0.5, 1e3, 1e3 + 0.5], chunks=2)
    values = da.from_array([1e-300, 3e-300, 1e300, 3e300], chunks=2)
    queries = da.from_array([0.25, 1e3 + 0.25])
    found = compute(client, attention_pooling_on_cluster(queries, keys, values, 2.0, client=client))
    np.testing.assert_allclose(found, [2e-300, 2e300], rtol=1e-13)


@pytest.mark.parametrize("name", ["queries", "keys", "values"])
def test_masked_arrays_are_refused_by_name(name: str, client: Client) -> None:
    vector = da.ones(3)
    masked = da.from_array(np.ma.masked_array([1.0, 2.0, 3.0], mask=[False, True, False]))
    arrays = {"queries": vector, "keys": vector, "values": vector, name: masked}
    with pytest.raises(TypeError, match=f"{name} must hold NumPy arrays, got MaskedArray"):
        attention_pooling_on_cluster(**arrays, client=client)
    # The mask may show only when the chunks are made.
    hidden = da.ones(3).map_blocks(np.ma.masked_array, meta=np.array([], dtype=float))
    with pytest.raises(TypeError, match="must hold NumPy arrays, got a masked array"):
        attention_pooling_on_cluster(**{**arrays, name: hidden}, client=client)


def test_chunks_may_be_uneven_and_empty(client: Client) -> None:
    problem = make_problem("uniform", "signed", 1000, 600, 50.0, seed=5)
    sizes = ((0, 1, 599, 0), (999, 0, 1), (10, 0, 490, 500))
    sizes_of_each = tuple((chunks,) for chunks in sizes)
    result = attention_pooling_on_cluster(
        *chunked(problem, sizes_of_each), problem.w, client=client
    )
    assert result.chunks == ((0, 1, 599, 0),)
    assert_same(compute(client, result), problem)


def test_the_result_is_an_array_like_others(client: Client, caplog: Any) -> None:
    """Its tasks keep clear of those of the arrays it is made from, which Dask would warn of."""
    problem = make_problem("gap", "signed", 1000, 600, 50.0, seed=6)
    queries, keys, values = (array + 0 for array in chunked(problem, (200, 300, 250)))
    with caplog.at_level(logging.WARNING, logger="distributed"):
        logger = logging.getLogger("distributed.scheduler")
        logger.addHandler(caplog.handler)
        logger.warning("heard")
        result = attention_pooling_on_cluster(queries, keys, values, problem.w, client=client)
        together = compute(client, da.stack([result, queries, result - queries]))
        logger.removeHandler(caplog.handler)
    assert {record.message for record in caplog.records} == {"heard"}
    assert_same(together[0], problem)
    assert np.array_equal(together[2], together[0] - together[1])


def pass_or_wait(
    block: Any, gate: str, passes: int, block_id: tuple[int, ...] = (0,)
) -> Any:  # runs on a worker
    """Hand on a chunk; the first one only after the gate opens, but for the first readings."""
    if block_id != (0,):
        return block
    for number in range(passes):
        passed = Event(f"{gate} passed {number}")
        if not passed.is_set():
            passed.set()
            return block
    Queue(f"{gate} reached").put(os.getpid())
    if not Event(gate).wait(timeout=TIMEOUT):
        raise TimeoutError(gate)
    return block


@pytest.mark.parametrize(
    ("stage", "gated", "passes"),
    [("ranges", "values", 0), ("table", "values", 1), ("answers", "queries", 2)],
)
def test_a_killed_worker_changes_nothing(
    stage: str, gated: str, passes: int, client: Client
) -> None:
    problem = make_problem("gap", "signed", 8000, 2000, 300.0, seed=7)
    calm = dict(
        zip(("queries", "keys", "values"), chunked(problem, (500, 2000, 2000)), strict=True)
    )
    expected = compute(client, attention_pooling_on_cluster(**calm, w=problem.w, client=client))
    meta = np.empty(0)
    held = calm[gated].map_blocks(pass_or_wait, gate=stage, passes=passes, dtype=float, meta=meta)
    gate = Event(stage, client=client)
    reached = Queue(f"{stage} reached", client=client)
    called = []

    def run() -> Any:
        arrays = {**calm, gated: held}
        result = attention_pooling_on_cluster(**arrays, w=problem.w, client=client)
        called.append(result)
        return compute(client, result)

    client.wait_for_workers(2, timeout=TIMEOUT)
    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run)
        killed = reached.get(timeout=TIMEOUT)
        assert killed in client.run(os.getpid).values()
        assert bool(called) == (stage == "answers")
        os.kill(killed, signal.SIGKILL)
        gate.set()
        found = running.result(timeout=TIMEOUT)
    assert reached.get(timeout=TIMEOUT) != killed  # another worker did the same task again
    client.wait_for_workers(2, timeout=TIMEOUT)
    assert killed not in client.run(os.getpid).values()
    assert np.array_equal(found, expected)
    assert_same(found, problem)


def watch_clusters(monkeypatch: pytest.MonkeyPatch) -> list[LocalCluster]:
    started = []

    def start(**options: Any) -> LocalCluster:
        started.append(LocalCluster(**options))
        return started[-1]

    monkeypatch.setattr(cluster, "LocalCluster", start)
    return started


def assert_all_closed(started: list[LocalCluster]) -> None:
    assert [one.status.name for one in started] == ["closed"]
    with pytest.raises(ValueError, match="No clients found"):
        Client.current()


def test_without_a_client_a_cluster_is_started_and_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    started = watch_clusters(monkeypatch)
    problem = make_problem("gap", "signed", 3000, 1500, 100.0, seed=8)
    result = attention_pooling_on_cluster(*chunked(problem), problem.w)
    assert_all_closed(started)
    assert_same(result.compute(), problem)


def test_a_cluster_of_its_own_is_closed_after_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    started = watch_clusters(monkeypatch)
    vector = da.ones(3)
    with pytest.raises(ValueError, match="values must be finite"):
        attention_pooling_on_cluster(vector, vector, vector * np.nan)
    assert_all_closed(started)


def test_the_current_client_is_used(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    started = watch_clusters(monkeypatch)
    used = spy_on(monkeypatch, "_pool")
    problem = make_problem("uniform", "signed", 1000, 500, 20.0, seed=9)
    with client.as_current():
        attention_pooling_on_cluster(*chunked(problem), problem.w)
    assert started == []
    assert [args[0] for args, _ in used] == [client]


def test_a_local_client_has_processes_of_its_own_and_closes_them() -> None:
    with local_client(n_workers=1) as client:
        assert Client.current() is client
        (pid,) = client.run(os.getpid).values()
        assert pid != os.getpid()
        one = client.cluster
    assert_all_closed([one])


@pytest.mark.parametrize("shown", [True, False])
def test_progress_is_printed_when_asked_for(
    shown: bool, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    vector = da.arange(100.0, chunks=20)
    attention_pooling_on_cluster(vector, vector, vector, client=client, progress=shown)
    assert ("Completed" in capsys.readouterr().out) == shown


def never_read(shape: tuple[float, ...], dtype: Any = np.float64) -> da.Array:
    """An array that fails when it is read."""

    def fail() -> None:
        raise AssertionError("read")

    return da.from_delayed(dask.delayed(fail)(), shape=shape, dtype=dtype)


V = never_read((3,))
BAD_ARRAYS = [
    ([1.0, 2.0], TypeError, "must be a dask.array.Array, got list"),
    (torch.ones(3), TypeError, "must be a dask.array.Array, got Tensor"),
    (np.ones(3), TypeError, "must be a dask.array.Array, got ndarray"),
    (never_read((3,), np.int64), TypeError, "must have dtype float32 or float64, got int64"),
    (never_read((3,), np.float16), TypeError, "must have dtype .* got float16"),
    (never_read((3,), ">f8"), TypeError, "must have dtype .* got >f8"),
    (never_read(()), ValueError, r"must have rank 1, got shape \(\)"),
    (never_read((3, 1)), ValueError, r"must have rank 1, got shape \(3, 1\)"),
    (never_read((0,)), ValueError, r"must not be empty, got shape \(0,\)"),
    (never_read((np.nan,)), ValueError, "must have chunks of known sizes, got .*nan"),
]


@pytest.mark.parametrize("name", ["queries", "keys", "values"])
@pytest.mark.parametrize(("bad", "error", "message"), BAD_ARRAYS)
def test_bad_arrays_are_refused_before_anything_is_read(
    name: str, bad: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=f"{name} {message}"):
        attention_pooling_on_cluster(**{"queries": V, "keys": V, "values": V, name: bad})


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"values": never_read((4,))}, ValueError, r"same shape, got keys \(3,\), values \(4,\)"),
        ({"queries": never_read((3,), np.float32)}, TypeError, "same dtype, got queries float32"),
        ({"w": "1"}, TypeError, "w must be a real number, got '1'"),
        ({"w": True}, TypeError, "w must be a real number, got True"),
        ({"w": float("nan")}, ValueError, "w must be finite, got nan"),
        ({"w": 10**400}, ValueError, "w must be finite"),
        ({"client": "tcp://x"}, TypeError, "client must be a distributed.Client or None, got str"),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_read(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        attention_pooling_on_cluster(**{"queries": V, "keys": V, "values": V, **arguments})


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["queries", "keys", "values"])
def test_numbers_that_are_not_finite_are_refused(name: str, bad: float, client: Client) -> None:
    arrays = {key: da.arange(10.0, chunks=4) for key in ("queries", "keys", "values")}
    arrays[name] = da.from_array(np.array([1.0] * 9 + [bad]), chunks=4)
    with pytest.raises(ValueError, match=f"{name} must be finite, got NaN or infinity"):
        attention_pooling_on_cluster(**arrays, client=client)


@pytest.mark.parametrize(
    ("n_workers", "error"), [(0, ValueError), (1.5, TypeError), (True, TypeError)]
)
def test_a_bad_number_of_workers_is_refused(n_workers: Any, error: type[Exception]) -> None:
    with pytest.raises(error, match="n_workers must be"), local_client(n_workers):
        pass


def test_queries_that_change_between_readings_are_noticed(client: Client) -> None:
    """A second reading moves a query out of the table's reach."""
    problem = make_problem("uniform", "signed", 3000, 1000, 100.0, seed=10)
    queries, keys, values = chunked(problem)
    inside = queries.clip(1.0, 4.0)
    moving = inside.map_blocks(
        move_when_read_again, name_of_event="moved", dtype=float, meta=np.empty(0)
    )
    result = attention_pooling_on_cluster(moving, keys, values, problem.w, client=client)
    assert compute(client, inside.min()) == 1.0
    Event("moved", client=client).set()
    with pytest.raises(RuntimeError, match="must be the same whenever they are read"):
        compute(client, result)


def move_when_read_again(block: Any, name_of_event: str) -> Any:  # runs on a worker
    return block + 1e3 if Event(name_of_event).is_set() else block


WITHOUT_DASK = """
import sys
sys.modules["dask"] = sys.modules["distributed"] = None  # an import of them fails
import nwcore, nwcore.methods
import nwcore.cluster
"""


def test_without_dask_the_rest_works_and_the_message_says_what_to_install() -> None:
    run = subprocess.run([sys.executable, "-c", WITHOUT_DASK], capture_output=True, text=True)
    assert run.returncode == 1
    last_line = run.stderr.strip().splitlines()[-1]
    assert last_line == (
        'ImportError: nwcore.cluster needs Dask, install it with: pip install "nwcore[cluster]"'
    )
    assert 'File "<string>", line 5' in run.stderr
