"""Names of the registered kernels, by what they have in common: what tests are run over."""

from nwcore import KERNELS

COMPACT = [name for name, kernel in KERNELS.items() if kernel.compact]
POLYNOMIAL = [name for name, kernel in KERNELS.items() if kernel.polynomial is not None]
COMPACT_POLYNOMIAL = [name for name in COMPACT if name in POLYNOMIAL]
# Those whose loss has something to search: all but average pooling.
WITH_BANDWIDTH = [name for name, kernel in KERNELS.items() if kernel.compact or not kernel.flat]
