"""The parts of PyTorch that the book's cells need, on the engine of the page."""

import _engine as _e
from _nw import Lacking as _Lacking
from _nw import call as _call
from _nw import formatted as _formatted
from _nw import lacking as _lacking
from _nw import module_getattr as _module_getattr

pi = 3.141592653589793
e = 2.718281828459045
inf = float("inf")
nan = float("nan")


class dtype:
    def __init__(self, name, floating):
        self._name = name
        self.is_floating_point = floating

    def __repr__(self):
        return "torch." + self._name


float32 = float = dtype("float32", True)
float64 = double = dtype("float64", True)
int64 = long = dtype("int64", False)
bool = dtype("bool", False)
_DTYPES = {"float32": float32, "float64": float64, "int64": int64, "bool": bool}
from builtins import all as _all  # noqa: E402
from builtins import any as _any  # noqa: E402
from builtins import bool as _bool  # noqa: E402
from builtins import float as _float  # noqa: E402


class Size(tuple):
    def numel(self):
        product = 1
        for length in self:
            product *= length
        return product

    def __repr__(self):
        return "torch.Size(" + str(list(self)) + ")"


def _kind(value):
    """The engine's form of a tensor or a number, and what it is."""
    if isinstance(value, Tensor):
        return value._js, "t"
    if isinstance(value, _bool):
        return value, "b"
    if isinstance(value, int):
        return _float(value), "i"
    if isinstance(value, _float):
        return value, "f"
    raise TypeError("expected a Tensor or a number, got " + type(value).__name__)


def _new(js):
    return Tensor(js)


def _binary(name, a, b):
    if not isinstance(b, _OPERANDS) or not isinstance(a, _OPERANDS):
        other = b if isinstance(a, Tensor) else a
        raise TypeError(
            "unsupported operand type(s) for " + name + ": 'Tensor' and '" + type(other).__name__ + "'"
        )
    a, kind_a = _kind(a)
    b, kind_b = _kind(b)
    return _new(_call(_e.binary, name, a, kind_a, b, kind_b))


def _unary(name, x):
    return _new(_call(_e.unary, name, _tensor(x)._js))


def _tensor(x, name="input"):
    if not isinstance(x, Tensor):
        raise TypeError(name + " must be Tensor, not " + type(x).__name__)
    return x


def _axes(dim):
    if dim is None:
        return None
    return list(dim) if isinstance(dim, (tuple, list)) else [dim]


def _given(shape):
    """A shape that is given as numbers or as one tuple."""
    if len(shape) == 1 and isinstance(shape[0], (tuple, list)):
        return list(shape[0])
    return list(shape)


def _part(part, tensors):
    if part is None:
        return "n"
    if part is Ellipsis:
        return "e"
    if isinstance(part, slice):
        bounds = []
        for each in (part.start, part.stop, part.step):
            bounds.append("" if each is None else str(int(_number(each))))
        return "s" + ":".join(bounds)
    if isinstance(part, _bool):
        raise _lacking("an index that is True or False")
    if isinstance(part, int):
        return "i" + str(part)
    if isinstance(part, list):
        part = tensor(part)
    if isinstance(part, Tensor):
        if part.dtype.is_floating_point:
            raise IndexError("tensors used as indices must be long or bool tensors")
        if part.ndim == 0 and part.dtype is int64:
            return "i" + str(part.item())
        tensors.append(part._js)
        return "t"
    raise IndexError("only integers, slices, ..., None and tensors are indices, got " + type(part).__name__)


def _number(value):
    return value.item() if isinstance(value, Tensor) else value


def _index(index):
    tensors = []
    parts = index if isinstance(index, tuple) else (index,)
    return "|".join([_part(each, tensors) for each in parts]), tensors


class _Reduced(tuple):
    @property
    def values(self):
        return self[0]

    @property
    def indices(self):
        return self[1]

    def __repr__(self):
        return "torch.return_types.%s(\nvalues=%r,\nindices=%r)" % (self._name, self[0], self[1])


def _reduced(name, values, indices):
    found = _Reduced((values, indices))
    found._name = name
    return found


_UNARY = (
    "neg abs exp log sqrt square sin cos tanh sigmoid relu sign floor ceil round isnan isinf isfinite logical_not"
).split()
_BINARY = "add sub mul div pow maximum minimum remainder lt le gt ge eq ne".split()
_REDUCTIONS = "sum mean amax amin any all prod".split()


def _reduce(name, x, dim=None, keepdim=False):
    return _new(_call(_e.reduce, name, _tensor(x)._js, _axes(dim), keepdim))


def _extreme(name, arg, x, dim=None, keepdim=False):
    if dim is None:
        return _reduce(name, x)
    if isinstance(dim, Tensor):
        return _binary("maximum" if name == "amax" else "minimum", x, dim)
    where = _reduce(arg, x, dim, keepdim)
    return _reduced(name[1:], _reduce(name, x, dim, keepdim), where)


class Tensor:
    """A tensor of the page's engine."""

    _methods = tuple(
        _UNARY + _BINARY + _REDUCTIONS + ["requires_grad", "grad", "shape", "dtype", "T", "mT", "ndim"]
    )

    def __init__(self, js):
        self._js = js

    def __getattr__(self, name):
        if name in _UNARY:
            return lambda: _unary(name, self)
        if name in _BINARY:
            return lambda other: _binary(name, self, other)
        if name in _REDUCTIONS:
            return lambda dim=None, keepdim=False: _reduce(name, self, dim, keepdim)
        if name.startswith("__"):
            raise AttributeError("'Tensor' object has no attribute '" + name + "'")
        if name == "_show_" or name == "_repr_":
            raise AttributeError(name)
        raise _lacking("torch.Tensor." + name)

    @property
    def shape(self):
        text = _call(_e.shape, self._js)
        return Size([int(each) for each in text.split(",")]) if text else Size(())

    @property
    def dtype(self):
        return _DTYPES[_call(_e.dtype, self._js)]

    @property
    def ndim(self):
        return len(self.shape)

    @property
    def T(self):
        return self.permute(*range(self.ndim - 1, -1, -1))

    @property
    def mT(self):
        return self.transpose(-1, -2)

    @property
    def requires_grad(self):
        return _call(_e.followed, self._js)

    @property
    def is_leaf(self):
        return _call(_e.leaf, self._js)

    @property
    def grad(self):
        found = _call(_e.grad, self._js)
        return None if found is False else _new(found)

    def set_grad(self, gradient):
        _call(_e.setGrad, self._js, None if gradient is None else gradient._js)

    def size(self, dim=None):
        return self.shape if dim is None else self.shape[dim]

    def dim(self):
        return self.ndim

    def numel(self):
        return self.shape.numel()

    def item(self):
        value = _call(_e.item, self._js)
        kind = self.dtype
        if kind is bool:
            return value == 1
        return int(value) if kind is int64 else _float(value)

    def tolist(self):
        kind = self.dtype
        make = (lambda v: v == 1) if kind is bool else int if kind is int64 else _float
        if kind is int64:
            make = lambda v: int(_float(v))  # noqa: E731
        return _nested([make(v) for v in _call(_e.numbers, self._js)], self.shape)

    def __float_value__(self):
        return _float(self.item())

    def __repr__(self):
        return _call(_e.print, self._js)

    def __format__(self, spec):
        if self.ndim == 0 and not (not spec and self.requires_grad):
            return _formatted(self.item(), spec)
        if spec:
            raise TypeError("unsupported format string passed to Tensor.__format__")
        return repr(self)

    def __bool__(self):
        if self.numel() != 1:
            raise RuntimeError("Boolean value of Tensor with more than one value is ambiguous")
        return self.item() != 0

    def __int__(self):
        return int(self.item())

    def __len__(self):
        if self.ndim == 0:
            raise TypeError("len() of a 0-d tensor")
        return self.shape[0]

    def __iter__(self):
        for i in range(len(self)):
            yield self[i]

    def __hash__(self):
        return id(self)

    def __getitem__(self, index):
        if isinstance(index, str):
            raise IndexError("a tensor has no index of type str")
        parts, tensors = _index(index)
        return _new(_call(_e.index, self._js, parts, *tensors))

    def __setitem__(self, index, value):
        parts, tensors = _index(index)
        given, kind = _kind(value)
        _call(_e.assign, self._js, parts, given, kind, *tensors)

    def __contains__(self, value):
        return _bool((self == value).any())

    def __add__(self, other):
        return _binary("add", self, other)

    def __radd__(self, other):
        return _binary("add", other, self)

    def __sub__(self, other):
        return _binary("sub", self, other)

    def __rsub__(self, other):
        return _binary("sub", other, self)

    def __mul__(self, other):
        return _binary("mul", self, other)

    def __rmul__(self, other):
        return _binary("mul", other, self)

    def __truediv__(self, other):
        return _binary("div", self, other)

    def __rtruediv__(self, other):
        return _binary("div", other, self)

    def __pow__(self, other):
        return _binary("pow", self, other)

    def __rpow__(self, other):
        return _binary("pow", other, self)

    def __mod__(self, other):
        return _binary("remainder", self, other)

    def __floordiv__(self, other):
        return _binary("floor_divide", self, other)

    def __lt__(self, other):
        return _binary("lt", self, other)

    def __le__(self, other):
        return _binary("le", self, other)

    def __gt__(self, other):
        return _binary("gt", self, other)

    def __ge__(self, other):
        return _binary("ge", self, other)

    def __eq__(self, other):
        return _binary("eq", self, other)

    def __ne__(self, other):
        return _binary("ne", self, other)

    def __and__(self, other):
        return _binary("and", self, other)

    def __or__(self, other):
        return _binary("or", self, other)

    def __xor__(self, other):
        return _binary("xor", self, other)

    def __invert__(self):
        if self.dtype is not bool:
            raise _lacking("~ of numbers that are not bool")
        return _unary("logical_not", self)

    def __neg__(self):
        return _unary("neg", self)

    def __pos__(self):
        return self

    def __abs__(self):
        return _unary("abs", self)

    def __matmul__(self, other):
        return matmul(self, other)

    def __iadd__(self, other):
        return self.add_(other)

    def __isub__(self, other):
        return self.sub_(other)

    def _overwrite(self, values):
        _call(_e.overwrite, self._js, values._js)
        return self

    def add_(self, other, alpha=1):
        return self._overwrite(_binary("add", self.detach(), _loose(other) * alpha))

    def sub_(self, other, alpha=1):
        return self._overwrite(_binary("sub", self.detach(), _loose(other) * alpha))

    def mul_(self, other):
        return self._overwrite(_binary("mul", self.detach(), _loose(other)))

    def div_(self, other):
        return self._overwrite(_binary("div", self.detach(), _loose(other)))

    def copy_(self, other):
        return self._overwrite(_loose(other))

    def fill_diagonal_(self, value):
        if self.ndim != 2:
            raise _lacking("fill_diagonal_ of other than a matrix")
        self[eye(*self.shape) == 1] = value
        return self

    def fill_(self, value):
        return self._overwrite(full((), value, dtype=self.dtype))

    def zero_(self):
        return self.fill_(0)

    def softmax(self, dim):
        return softmax(self, dim)

    def log_softmax(self, dim):
        return log_softmax(self, dim)

    def max(self, dim=None, keepdim=False):
        return _extreme("amax", "argmax", self, dim, keepdim)

    def min(self, dim=None, keepdim=False):
        return _extreme("amin", "argmin", self, dim, keepdim)

    def median(self, dim=None, keepdim=False):
        return median(self, dim, keepdim)

    def argmax(self, dim=None, keepdim=False):
        return _reduce("argmax", self, dim, keepdim)

    def argmin(self, dim=None, keepdim=False):
        return _reduce("argmin", self, dim, keepdim)

    def var(self, dim=None, correction=1, keepdim=False):
        return var(self, dim, correction=correction, keepdim=keepdim)

    def std(self, dim=None, correction=1, keepdim=False):
        return std(self, dim, correction=correction, keepdim=keepdim)

    def cumsum(self, dim):
        return cumsum(self, dim)

    def sort(self, dim=-1, descending=False):
        return sort(self, dim, descending)

    def argsort(self, dim=-1, descending=False):
        return sort(self, dim, descending)[1]

    def diff(self):
        return diff(self)

    def nonzero(self):
        return _new(_call(_e.places, (self != 0)._js))

    def masked_fill(self, mask, value):
        return where(mask, value, self)

    def clamp(self, min=None, max=None):
        return clamp(self, min, max)

    def matmul(self, other):
        return matmul(self, other)

    mm = mv = dot = matmul

    def bmm(self, other):
        return bmm(self, other)

    def reshape(self, *shape):
        return _new(_call(_e.reshape, self._js, _given(shape)))

    view = reshape

    def flatten(self):
        return self.reshape(-1)

    def expand(self, *shape):
        return _new(_call(_e.expand, self._js, _given(shape)))

    def expand_as(self, other):
        return self.expand(*other.shape)

    def unsqueeze(self, dim):
        return _new(_call(_e.unsqueeze, self._js, dim))

    def squeeze(self, dim=None):
        return _new(_call(_e.squeeze, self._js, dim))

    def transpose(self, dim0, dim1):
        return _new(_call(_e.transpose, self._js, dim0, dim1))

    def t(self):
        return self.T

    def permute(self, *dims):
        return _new(_call(_e.permute, self._js, _given(dims)))

    def contiguous(self):
        return self

    def clone(self):
        return _new(_call(_e.copy, self._js))

    def detach(self):
        return _new(_call(_e.detach, self._js))

    def to(self, dtype):
        wanted = dtype.dtype if isinstance(dtype, Tensor) else dtype
        if wanted not in _DTYPES.values():
            raise _lacking("Tensor.to of anything but a dtype")
        return self if wanted is self.dtype else _new(_call(_e.cast, self._js, wanted._name))

    type = to

    def double(self):
        return self.to(float64)

    def float(self):
        return self.to(float32)

    def long(self):
        return self.to(int64)

    def bool(self):
        return self.to(bool)

    def cpu(self):
        return self

    def numpy(self):
        from numpy import ndarray

        if self.requires_grad:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        return ndarray(self._js)

    def requires_grad_(self, requires_grad=True):
        _call(_e.follow, self._js, requires_grad)
        return self

    def backward(self, retain_graph=False):
        _call(_e.backward, self._js, retain_graph)


_OPERANDS = (Tensor, int, _float, _bool)


def _loose(value):
    return value.detach() if isinstance(value, Tensor) else tensor(value)


def _nested(flat, shape):
    if len(shape) == 0:
        return flat[0]
    if len(shape) == 1:
        return flat
    step = len(flat) // shape[0] if shape[0] else 0
    return [_nested(flat[i * step : (i + 1) * step], tuple(shape[1:])) for i in range(shape[0])]


def _named(kind):
    return None if kind is None else kind._name


def _floating(kind):
    return _named(kind) or _e.defaultDtype(None)


def _flatten(data, into):
    """Numbers of nested lists, in their order; and the shape."""
    if isinstance(data, Tensor):
        into.extend(data.reshape(-1).tolist())
        return list(data.shape)
    if isinstance(data, (list, tuple)):
        shapes = [_flatten(each, into) for each in data]
        for shape in shapes:
            if shape != shapes[0]:
                raise ValueError("expected sequence of one length in every row")
        return [len(shapes)] + (shapes[0] if shapes else [])
    if not isinstance(data, (int, _float, _bool)):
        raise TypeError("a tensor is made of numbers, got " + type(data).__name__)
    into.append(data)
    return []


def tensor(data, dtype=None, requires_grad=False):
    flat = []
    shape = _flatten(data, flat)
    if dtype is not None:
        name = dtype._name
    elif isinstance(data, Tensor):
        name = data.dtype._name
    elif not flat or _any(isinstance(each, _float) for each in flat):
        name = _e.defaultDtype(None)
    elif _all(isinstance(each, _bool) for each in flat):
        name = "bool"
    else:
        name = "int64"
    made = _new(_call(_e.create, [_float(each) for each in flat], shape, "float64"))
    made = made.to(_DTYPES[name])
    return made.requires_grad_() if requires_grad else made


def as_tensor(data, dtype=None):
    if isinstance(data, Tensor):
        return data if dtype is None else data.to(dtype)
    return tensor(data, dtype)


def full(size, fill_value, dtype=None, requires_grad=False):
    if dtype is None:
        value = _number(fill_value)
        dtype = bool if isinstance(value, _bool) else int64 if isinstance(value, int) else None
    made = _new(_call(_e.full, _given((size,)), _floating(dtype), _float(_number(fill_value))))
    return made.requires_grad_() if requires_grad else made


def _constant(value):
    def make(*size, dtype=None, requires_grad=False):
        made = _new(_call(_e.full, _given(size), _floating(dtype), value))
        return made.requires_grad_() if requires_grad else made

    return make


zeros = _constant(0)
ones = _constant(1)


def zeros_like(x, dtype=None):
    return zeros(*x.shape, dtype=dtype or x.dtype)


def ones_like(x, dtype=None):
    return ones(*x.shape, dtype=dtype or x.dtype)


def full_like(x, fill_value, dtype=None):
    return full(tuple(x.shape), fill_value, dtype=dtype or x.dtype)


def eye(n, m=None, dtype=None):
    return _new(_call(_e.eye, n, n if m is None else m, _floating(dtype)))


def arange(start, end=None, step=1, dtype=None):
    if end is None:
        start, end = 0, start
    start, end, step = _number(start), _number(end), _number(step)
    if step == 0 or (end - start) / step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    whole = _all(isinstance(each, int) for each in (start, end, step))
    quotient = (end - start) / step
    count = int(quotient) + (1 if quotient > int(quotient) else 0)
    name = _named(dtype) or ("int64" if whole else _e.defaultDtype(None))
    return _new(_call(_e.spaced, start, step, count, name))


def linspace(start, end, steps, dtype=None):
    return _new(_call(_e.between, _number(start), _number(end), steps, None, _floating(dtype)))


def logspace(start, end, steps, base=10.0, dtype=None):
    return _new(_call(_e.between, _number(start), _number(end), steps, base, _floating(dtype)))


def rand(*size, dtype=None):
    return _new(_call(_e.rand, _given(size), _floating(dtype)))


def manual_seed(seed):
    _call(_e.seed, _float(seed))


def set_default_dtype(dtype):
    _e.defaultDtype(dtype._name)


def get_default_dtype():
    return _DTYPES[_e.defaultDtype(None)]


def is_tensor(x):
    return isinstance(x, Tensor)


def matmul(a, b):
    return _new(_call(_e.matmul, _tensor(a)._js, _tensor(b)._js))


mm = mv = dot = matmul


def bmm(a, b):
    return _new(_call(_e.bmm, _tensor(a)._js, _tensor(b)._js))


def outer(a, b):
    return _new(_call(_e.outer, _tensor(a)._js, _tensor(b)._js))


def softmax(x, dim):
    return _new(_call(_e.softmax, _tensor(x)._js, dim, False))


def log_softmax(x, dim):
    return _new(_call(_e.softmax, _tensor(x)._js, dim, True))


def max(x, dim=None, keepdim=False):
    return _extreme("amax", "argmax", _tensor(x), dim, keepdim)


def min(x, dim=None, keepdim=False):
    return _extreme("amin", "argmin", _tensor(x), dim, keepdim)


def argmax(x, dim=None, keepdim=False):
    return _reduce("argmax", x, dim, keepdim)


def argmin(x, dim=None, keepdim=False):
    return _reduce("argmin", x, dim, keepdim)


def median(x, dim=None, keepdim=False):
    if dim is None:
        return _reduce("median", x)
    where = _reduce("argmedian", x, dim, keepdim)
    return _reduced("median", _reduce("median", x, dim, keepdim), where)


def var(x, dim=None, correction=1, keepdim=False):
    return _new(_call(_e.variance, _tensor(x)._js, _axes(dim), keepdim, correction))


def std(x, dim=None, correction=1, keepdim=False):
    return var(x, dim, correction, keepdim).sqrt()


def cumsum(x, dim):
    return _new(_call(_e.cumsum, _tensor(x)._js, dim))


def sort(x, dim=-1, descending=False, stable=False):
    if dim not in (-1, x.ndim - 1):
        raise _lacking("sorting along another than the last dimension")
    values, places = [_call(_e.sorted, _tensor(x)._js, descending, i) for i in (0, 1)]
    return _reduced("sort", _new(values), _new(places))


def argsort(x, dim=-1, descending=False):
    return sort(x, dim, descending)[1]


def diff(x):
    return _new(_call(_e.diff, _tensor(x)._js))


def where(condition, a, b):
    a, kind_a = _kind(a)
    b, kind_b = _kind(b)
    return _new(_call(_e.where, _tensor(condition)._js, a, kind_a, b, kind_b))


def clamp(x, min=None, max=None):
    if min is not None:
        x = _binary("maximum", x, min)
    return x if max is None else _binary("minimum", x, max)


def stack(tensors, dim=0):
    return _new(_call(_e.stack, [_tensor(each)._js for each in tensors], dim))


def cat(tensors, dim=0):
    return _new(_call(_e.cat, [_tensor(each)._js for each in tensors], dim))


concat = cat


def equal(a, b):
    return a.shape == b.shape and _bool((a == b).all())


def isclose(a, b, rtol=1e-05, atol=1e-08):
    return (a == b) | ((a - b).abs() <= atol + rtol * b.abs())


def allclose(a, b, rtol=1e-05, atol=1e-08):
    return _bool(isclose(a, b, rtol, atol).all())


def reshape(x, shape):
    return x.reshape(shape)


def transpose(x, dim0, dim1):
    return x.transpose(dim0, dim1)


def unsqueeze(x, dim):
    return x.unsqueeze(dim)


def squeeze(x, dim=None):
    return x.squeeze(dim)


class _Gradients:
    """With it, and as a decorator: whether gradients are followed."""

    def __init__(self, on):
        self._on = on
        self._before = []

    def __enter__(self):
        self._before.append(_e.gradients(self._on))
        return self

    def __exit__(self, *error):
        _e.gradients(self._before.pop())

    def __call__(self, function):
        def wrapped(*given, **named):
            with self:
                return function(*given, **named)

        return wrapped


def no_grad():
    return _Gradients(False)


def enable_grad():
    return _Gradients(True)


def _make_unary(name):
    return lambda x: _unary(name, x)


def _make_binary(name):
    return lambda a, b: _binary(name, a, b)


def _make_reduction(name):
    return lambda x, dim=None, keepdim=False: _reduce(name, x, dim, keepdim)


for _name in _UNARY:
    globals()[_name] = _make_unary(_name)
for _name in _BINARY:
    globals()[_name] = _make_binary(_name)
for _name in _REDUCTIONS:
    globals()[_name] = _make_reduction(_name)

import torch.autograd  # noqa: E402
import torch.nn  # noqa: E402
import torch.optim  # noqa: E402
import torch.testing  # noqa: E402

__getattr__ = _module_getattr("torch")
