"""The comparison that cells check themselves by."""

from _nw import module_getattr as _module_getattr

_RTOL = {"float32": 1.3e-6, "float64": 1e-7}
_ATOL = {"float32": 1e-5, "float64": 1e-7}


def assert_close(actual, expected, rtol=None, atol=None):
    import torch

    if not isinstance(actual, torch.Tensor) or not isinstance(expected, torch.Tensor):
        actual, expected = torch.as_tensor(actual), torch.as_tensor(expected)
    if actual.dtype is not expected.dtype:
        raise AssertionError(
            "The values for attribute 'dtype' do not match: %s != %s." % (actual.dtype, expected.dtype)
        )
    if actual.shape != expected.shape:
        raise AssertionError(
            "The values for attribute 'shape' do not match: %s != %s." % (actual.shape, expected.shape)
        )
    name = actual.dtype._name
    rtol = _RTOL.get(name, 0) if rtol is None else rtol
    atol = _ATOL.get(name, 0) if atol is None else atol
    wrong = ~torch.isclose(actual.detach(), expected.detach(), rtol, atol)
    count = wrong.sum().item()
    if count:
        raise AssertionError(
            "Tensor-likes are not close! Mismatched elements: %d / %d" % (count, actual.numel())
        )


__getattr__ = _module_getattr("torch.testing")
