"""The stand-in that runs the cells in the pages: the stored outputs, and torch's own answers."""

import contextlib
import io
from typing import Any

import pytest
import torch
from cells import (
    BEYOND,
    CORE,
    LACKING,
    code_cells,
    difference,
    given,
    run_cells,
    source,
    stored,
)

from nwbook.exercises import page_data
from nwcore.exercises import EXERCISES
from nwcore.exercises.places import ASKED, regions_of


def exercises(edition: str) -> dict[str, Any]:
    return {name: page_data(name, edition) for name in EXERCISES}


def test_a_cell_alone_runs_what_it_needs_and_no_more() -> None:
    page = code_cells("en", CORE[3])
    ids = [cell["id"] for cell in page]
    wanted = ["batch-average", "self-attention", "pairs", "prediction", "heatmaps"]
    answers = run_cells(
        single=[
            {
                "codes": [source(cell) for cell in page],
                "wanted": [ids.index(each) for each in wanted],
            }
        ]
    )["single"]
    before = {}
    for name, answer in zip(wanted, answers, strict=True):
        assert answer["ok"], (name, answer["error"])
        assert given(answer["outputs"]) == stored(page[ids.index(name)]), name
        before[name] = [ids[place] for place in answer["before"]]
    assert before == {
        "batch-average": ["setup"],
        "self-attention": ["setup"],
        "pairs": ["setup"],
        "prediction": ["setup", "train"],
        "heatmaps": ["setup", "train", "prediction"],
    }


@pytest.mark.parametrize("name", ["01-queries-keys-values", "06-summary-and-exercises"])
def test_each_cell_of_a_page_can_be_the_first(name: str) -> None:
    page = code_cells("en", name)
    codes = [source(cell) for cell in page]
    every = [{"codes": codes, "wanted": list(range(len(page)))}]
    answers = run_cells(single=every, exercises=exercises("en"))["single"]
    wrong = [difference(cell, got) for cell, got in zip(page, answers, strict=True)]
    assert [each for each in wrong if each] == []


def test_a_name_made_again_later_is_made_as_it_was_before() -> None:
    codes = ["x = 1", "print(x)", "x = 2", "print(x)"]
    (answers,) = run_cells(pages=[codes])["pages"]
    assert [given(each["outputs"])[0] for each in answers] == ["", "1\n", "", "2\n"]
    single = run_cells(single=[{"codes": codes, "wanted": [3, 1]}])["single"]
    assert [each["before"] for each in single] == [[2], [0]]


NUMBERS = """
import torch
a = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], dtype=torch.float64)
b = torch.tensor([0.1, 2.0, -3.0], dtype=torch.float64)
single = torch.tensor([[0.1, 1e-3], [2.5, -7.0]])
whole = torch.arange(12).reshape(3, 4)
"""
SAME = """
a + b
b - a * 2
a / b
2 ** b
a ** 2
1 / a
a @ b
a @ a.T
a.exp().sum()
(a + 3).log().mean(dim=1)
a.sum(dim=0, keepdim=True)
a.max(dim=1)
a.max(), a.min(), a.argmax(), a.argmin(dim=1)
a.median()
a.std(), a.var(dim=0)
a.softmax(dim=1)
torch.log_softmax(a, dim=0)
a < b
(a < b) & (a > 0)
~(a < b)
a[0], a[:, 1], a[-1, ::2], a[..., None].shape, a[None].shape
a[a > 0]
a[[1, 0]]
a[:, torch.tensor([2, 0])]
a.T.reshape(-1)
a.expand(2, 2, 3).sum(dim=0)
torch.stack([b, b * 2]), torch.cat([a, b[None]])
torch.where(a > 0, a, 0.0)
a.clamp(min=0), a.clamp(-1, 1)
b.sort(), b.sort(descending=True).indices
b.cumsum(0), b.diff()
torch.linspace(0, 1, 5), torch.logspace(-1, 2, 4)
torch.arange(3), torch.arange(1.0, 2.0, 0.25), torch.eye(2), torch.full((2,), 7)
torch.zeros(2, 3), torch.ones((2,), dtype=torch.float64)
single, single * 3, single.sum(), single.mean(dim=0)
single.double() + 0.1
single + b[0]
whole, whole + 1, whole / 2, whole * 1.5, whole.sum(), whole.float().mean()
whole[1:, ::2], whole % 5, whole // 5
torch.tensor([1.0, 2.0, 3.0]), torch.tensor([1e-5, 1.0]), torch.tensor([1e9, 1.0])
torch.tensor([float("nan"), 1.0, float("inf")])
torch.tensor([True, False]), torch.tensor([True, False]).sum()
torch.tensor(3), torch.tensor(2.5), torch.tensor([], dtype=torch.float64)
torch.arange(2000.0)
torch.ones(40, 40)
torch.outer(b, b), torch.bmm(a[None], a.T[None])
a.shape, a.numel(), len(a), a.ndim, a.dtype, a.tolist()
a.unsqueeze(1).shape, a[None].squeeze().shape, a.transpose(0, 1).shape, a.permute(1, 0).shape
a.isnan().any(), a.isfinite().all(), torch.equal(a, a), torch.allclose(a, a + 1e-12)
torch.maximum(a, b), torch.minimum(b, a.abs())
a.abs().sqrt(), a.sin().cos().tanh(), torch.sigmoid(a), torch.relu(a)
a.sign(), a.round(), a.floor()
f"{a[0, 0]:.2f} {a.sum():>8.3f} {len(a):03d} {0.5:.0%} {1234567:,} {a[0, 0] > 1}"
f"{'text':>8}|{1.5}|{b[0]!r}|{2:{3}d}|{{}}"
{"b": 1, "a": [1.0, 2.5], "c": (3,)}
list({"z": 1, "y": 2, **{"x": 3}})
[float(each) for each in b], int(whole.sum()), round(float(b[0]), 2), bool(a[0, 0] > 1)
sum(b), abs(b), -b, max(b.tolist())
torch.rand(3), torch.rand(2, 2, dtype=torch.float64)
""".strip().split("\n")


def in_torch(code: str) -> str:
    torch.manual_seed(5)
    buffer = io.StringIO()
    with contextlib.redirect_stdout(buffer):
        exec(code, {})
    return buffer.getvalue()


def outcomes(codes: list[str]) -> list[dict[str, Any]]:
    return [page[-1] for page in run_cells(pages=[[code] for code in codes])["pages"]]


def test_tensors_answer_as_those_of_torch() -> None:
    codes = [f"{NUMBERS}torch.manual_seed(5)\nprint({each})" for each in SAME]
    for each, code, got in zip(SAME, codes, outcomes(codes), strict=True):
        assert got["ok"], (each, got["error"])
        assert given(got["outputs"])[0] == in_torch(code), each


GRADIENTS = """
(w * a).sum()
(a / w).square().sum()
(w ** 3).sum()
torch.softmax(a * w, dim=1).square().sum()
torch.log_softmax(a * w, dim=0)[0].sum()
((a @ w).exp() / 3).mean()
(w[:, None] - b).abs().sum()
w[1:].sum() * w[0] - w.max()
torch.stack([w, w * 2])[1, 2] + torch.cat([w, w]).square().mean()
torch.where(w > 0, w * 3, w).sum()
w.expand(4, 3).sum(dim=0).square().sum()
(w.unsqueeze(0) @ a.T).reshape(-1).sum().sqrt()
torch.bmm((w * a).unsqueeze(1), a.unsqueeze(-1)).sum()
torch.sin(w).sum() + torch.cos(w).mean() + torch.tanh(w).sum() + torch.sigmoid(w).sum()
w.clamp(min=0.5).sum() + w[w > 0.3].log().sum()
w.float()[1] * 2
attention_weights(b, w.detach(), w[0])[1, 2]
attention_pooling(b, b, b.square(), w[1]).sum()
attention_pooling(b, b, b.square(), 0.2 * w[0], "epanechnikov").sum()
attention_pooling(b, b, w, 1.5).square().sum()
leave_one_out_loss(b, b.square(), w[2])
""".strip().split("\n")
GRADIENT = """
from nwcore import attention_pooling, attention_weights, leave_one_out_loss
w = torch.tensor([0.7, 1.3, 0.4], dtype=torch.float64, requires_grad=True)
out = {}
print(f"{{out.item():.10f}}")
out.backward()
print([f"{{each:.10f}}" for each in w.grad.tolist()])
"""


def test_gradients_are_those_of_torch() -> None:
    codes = [NUMBERS + GRADIENT.format(each) for each in GRADIENTS]
    for each, code, got in zip(GRADIENTS, codes, outcomes(codes), strict=True):
        assert got["ok"], (each, got["error"])
        assert given(got["outputs"])[0] == in_torch(code), each


WRONG = {
    "import torch\ntorch.fft(1)": "torch.fft " + LACKING,
    "import torch\ntorch.ones(2).erfinv()": "torch.Tensor.erfinv " + LACKING,
    "from nwcore import find_bandwidth\nfind_bandwidth(1, 2)": "nwcore.find_bandwidth " + LACKING,
    "import torch\nx = torch.ones(2, requires_grad=True)\nx[0] = 3": "a leaf Variable",
    "import torch\ntorch.ones(2) @ torch.ones(3)": "cannot be multiplied",
    "import torch\ntorch.ones(2) + torch.ones(3)": "The size of tensor a (2) must match",
    "x = 1\nraise ValueError('no')": "ValueError: no",
    "x = (1,\n\nx = 3": "SyntaxError",
    "a = b": "NameError: name 'b' isn't defined",
    "import torch\ntorch.ones(3)[5]": "index 5 is out of bounds for dimension 0 with size 3",
    "open('nothing')": "OSError",
}


def test_errors_name_what_is_wrong_and_the_line() -> None:
    for (code, wanted), got in zip(WRONG.items(), outcomes(list(WRONG)), strict=True):
        assert not got["ok"], code
        assert wanted in got["error"], got
        if "SyntaxError" not in wanted:
            assert got["line"] == len(code.split("\n")), got


BAD_ARGUMENTS = """
make_regression(n_train=0)
make_regression(n_train=2.5)
make_regression(seed=-1)
make_regression(noise=-0.5)
rmse([1.0], torch.ones(1))
rmse(torch.ones(2), torch.ones(3))
rmse(torch.ones(2), torch.ones(2, dtype=torch.float64))
rmse(torch.tensor([1.0, float("nan")]), torch.ones(2))
true_function(torch.tensor([-1.0]))
average_pooling(torch.ones(2, 2), 3)
attention_weights(torch.ones(2), torch.ones(2), w="x")
attention_weights(torch.ones(2), torch.ones(3, 2))
leave_one_out_loss(torch.ones(1), torch.ones(1), 1.0)
NWKernelRegression(w=1.0, seed=2)
fit(3, torch.ones(2), torch.ones(2))
""".strip().split("\n")


def test_bad_arguments_are_refused_in_nwcore_s_own_words() -> None:
    head = "import torch\nfrom nwcore import *\n"
    names = sorted({each.split("(")[0] for each in BAD_ARGUMENTS})
    head = f"import torch\nfrom nwcore import {', '.join(names)}\n"
    for each, got in zip(BAD_ARGUMENTS, outcomes([head + e for e in BAD_ARGUMENTS]), strict=True):
        with pytest.raises((TypeError, ValueError)) as refused:
            exec(head + each, {})
        assert got["error"] == f"{type(refused.value).__name__}: {refused.value}", each


def test_what_is_written_into_a_view_is_seen_in_the_tensor() -> None:
    code = """
import torch
x = torch.zeros(2, 3)
x[0] = 1
row = x[1]
row += 2
x[:, 2] = torch.tensor([7.0, 8.0])
x[x > 7] = -1
print(x, row)
"""
    (got,) = outcomes([code])
    assert given(got["outputs"])[0] == in_torch(code)


def test_long_output_is_cut_and_says_so() -> None:
    (got,) = outcomes(["for i in range(100_000):\n    print(i)"])
    assert sum(len(each.get("text", "")) for each in got["outputs"]) == 20_000
    assert got["outputs"][-1]["kind"] == "cut"


@pytest.mark.parametrize("name", BEYOND)
def test_chapters_beyond_the_core_stop_at_an_error_that_says_why(name: str) -> None:
    page = code_cells("en", name)
    (answers,) = run_cells(pages=[[source(cell) for cell in page]])["pages"]
    for cell, got in zip(page, answers, strict=True):
        if got["ok"]:
            assert difference(cell, got) is None
            continue
        said = (
            LACKING,
            "NameError",
            "reads most of Python",
            "brings no file",
            "no attribute 'comb'",
            "no attribute 'canonical_bandwidth'",
        )
        assert any(each in got["error"] for each in said), (cell["id"], got["error"])


ANSWERS = {
    'check("shrinking", 0.1443)': "h-for-w",
    'check("shrinking", "seven")': "expects-number",
    'check("shrinking", [{"a": 1.5}] * 20)': "expects-number",
    'check("shrinking", torch.tensor([6.93]))': "right",
    'check("shrinking", float("nan"))': "expects-number",
    'check("by-hand", None)': "unanswered",
    'check("lift", 3)': "expects-explorer",
    'check("lift", AttentionExplorer(seed=6, w=100.0, kernel="boxcar"))': "untouched",
    'check("listen", AttentionExplorer(w=2.6, seed=6))': "right",
    'check("listen", KernelExplorer(w=2.6, seed=6))': "right",
    'check("listen", AttentionExplorer(seed=6))': "untouched",
    'check("listen", AttentionExplorer(w=4.0, seed=6))': "too-narrow",
    'check("listen", AttentionExplorer(w=2.6, seed=7))': "other-data",
    'check("listen", AttentionExplorer(w=2.6, seed=6, n_train=49))': "other-data",
    'check("listen", AttentionExplorer(w=2.6, seed=6, kernel="triangular"))': "other-data",
    'check("listen", AttentionExplorer(w=2.6, seed=6, query=3))': "other-query",
    'check("choose-blind", AttentionExplorer(w=2.63, seed=22))': "test-set",
    'check("choose-blind", AttentionExplorer(w=6.31, seed=22, noise=1.0))': "other-data",
    'check("weigh", 3)': "expects-function",
    'check("weigh", lambda query, keys: keys[0])': "expects-shape",
    'check("weigh", lambda query, keys: [1])': "expects-tensor",
    'check("weigh", lambda query, keys: keys @ torch.ones(2, 2, dtype=keys.dtype))': "raised",
}


def test_answers_are_judged_as_nwcore_judges_them() -> None:
    head = (
        "import torch\nfrom nwcore.exercises import check\n"
        "from nwcore.explorers import AttentionExplorer, KernelExplorer\n"
    )
    codes = [[head + each] for each in ANSWERS]
    answers = run_cells(pages=codes, exercises=exercises("en"))["pages"]
    for (code, verdict), (got,) in zip(ANSWERS.items(), answers, strict=True):
        assert got["ok"], (code, got["error"])
        judged = [each["picture"] for each in got["outputs"] if each["kind"] == "judged"]
        assert [each["verdict"] for each in judged] == [verdict], code
        assert given(got["outputs"])[0] == in_torch(head + code), code


@pytest.mark.parametrize(
    "made",
    [
        "picture = AttentionExplorer(line=True)",
        "picture = AttentionExplorer(n_queries=20)",
        "picture = AttentionExplorer()\npicture",  # on show: a reader may have worked it
    ],
)
def test_what_the_interpreter_cannot_see_of_an_explorer_is_said(made: str) -> None:
    head = "from nwcore.exercises import check\nfrom nwcore.explorers import AttentionExplorer\n"
    cells = [head + made, 'check("listen", picture)']
    _, got = run_cells(pages=[cells], exercises=exercises("en"))["pages"][0]
    assert f"what an explorer shows {LACKING}" in got["error"]


def test_a_table_asks_of_a_kernel_whether_it_is_the_gaussian_and_no_more() -> None:
    limits = [
        fields["kernel_index"]
        for name in ASKED
        for _, fields in regions_of(name)
        if "kernel_index" in fields
    ]
    assert limits
    assert all(each in ([None, -0.005], [0.005, None]) for each in limits)


def test_an_exercise_of_another_page_is_named() -> None:
    own = {"by-hand": page_data("by-hand", "en")}
    code = "from nwcore.exercises import check\ncheck('lift', 1)"
    ((got,),) = run_cells(pages=[[code]], exercises=own)["pages"]
    assert got["error"] == "ValueError: name must be one of by-hand, got 'lift'"


def test_the_list_of_names_is_that_of_the_modules() -> None:
    names = run_cells(names=True)["names"]
    assert {"softmax", "tensor", "logspace"} <= set(names["torch"])
    assert {"square", "requires_grad_", "exp"} <= set(names["torch.Tensor"])
    assert {"fit", "rmse", "make_regression"} <= set(names["nwcore"])
    assert all(not name.startswith("_") for listed in names.values() for name in listed)
    import nwcore

    assert set(names["nwcore"]) - {"kernels", "plotting", "explorers", "words"} <= set(
        nwcore.__all__
    )
    assert [name for name in names["torch"] if not hasattr(torch, name)] == []
