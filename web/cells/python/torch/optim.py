"""Gradient descent and Adam (Kingma and Ba, 2015)."""

from _nw import module_getattr as _module_getattr


class _Optimizer:
    def __init__(self, params, lr):
        self._params = list(params)
        if not self._params:
            raise ValueError("optimizer got an empty parameter list")
        self._lr = lr

    def zero_grad(self):
        for each in self._params:
            each.set_grad(None)

    def step(self):
        import torch

        with torch.no_grad():
            for i, each in enumerate(self._params):
                gradient = each.grad
                if gradient is not None:
                    self._move(i, each, gradient)


class SGD(_Optimizer):
    def __init__(self, params, lr=0.001):
        super().__init__(params, lr)

    def _move(self, i, parameter, gradient):
        parameter.sub_(gradient, alpha=self._lr)


class Adam(_Optimizer):
    def __init__(self, params, lr=0.001, betas=(0.9, 0.999), eps=1e-08):
        super().__init__(params, lr)
        self._betas, self._eps = betas, eps
        self._state = {}

    def _move(self, i, parameter, gradient):
        first, second = self._betas
        count, mean, square = self._state.get(i, (0, gradient * 0, gradient * 0))
        count += 1
        mean = mean + (gradient - mean) * (1 - first)
        square = square * second + gradient * gradient * (1 - second)
        self._state[i] = (count, mean, square)
        spread = square.sqrt() / (1 - second**count) ** 0.5 + self._eps
        parameter.sub_(mean / spread, alpha=self._lr / (1 - first**count))


__getattr__ = _module_getattr("torch.optim")
