"""Modules and their parameters."""

from _nw import module_getattr as _module_getattr


_count = 0


def Parameter(data, requires_grad=True):
    """A tensor that a module learns."""
    global _count
    _count += 1
    made = data.detach()
    made._parameter = _count
    return made.requires_grad_(requires_grad)


class Module:
    def __init__(self):
        self.training = True

    def __call__(self, *given, **named):
        return self.forward(*given, **named)

    def _parts(self):
        """What it holds: names and values, those of its lists among them."""
        for name, value in self.__dict__.items():
            if isinstance(value, (list, tuple)):
                for i, each in enumerate(value):
                    yield name + "." + str(i), each
            else:
                yield name, value

    def named_parameters(self):
        """In the order in which they were made."""
        return iter(sorted(self._named(), key=lambda pair: pair[1]._parameter))

    def _named(self):
        for name, value in self._parts():
            if isinstance(value, Module):
                for inner, each in value._named():
                    yield name + "." + inner, each
            elif "_parameter" in getattr(value, "__dict__", ()):
                yield name, value

    def parameters(self):
        for _, value in self.named_parameters():
            yield value

    def zero_grad(self):
        for each in self.parameters():
            each.set_grad(None)

    def train(self, mode=True):
        self.training = mode
        return self

    def eval(self):
        return self.train(False)


import torch.nn.functional  # noqa: E402

__getattr__ = _module_getattr("torch.nn")
