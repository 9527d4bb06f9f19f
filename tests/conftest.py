"""Settings shared by all tests."""

import torch

# The tensors here are small: several threads only wait for each other.
torch.set_num_threads(1)
