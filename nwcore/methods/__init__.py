"""Methods of attention pooling: the same numbers, in the memory and time that each of them takes.

`nwcore.attention_pooling` chooses among them; each has a module:

- `direct`: all pairs, a block of queries at a time;
- `near`: plain numbers of some hundreds or thousands of points, in few steps;
- `sdpa`: Gaussian pooling as scaled dot-product attention;
- `windowed`: sorted keys (`ordered`), of which each query looks at those in reach;
- `linear`: the fast Gauss transform (`gauss`) or prefix sums (`prefix`), and windows for queries
  that these cannot promise their digits.

Local regression chooses between two, `local`: sums of several orders (`orders`) in linear time, and
fits from the pairs in reach (`nodes`).

`problem` and `numeric` hold what is to be pooled, `answers` what comes out.
"""
