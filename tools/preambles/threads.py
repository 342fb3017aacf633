"""Two threads, whatever a notebook asks for."""

import torch

torch.set_num_threads(2)
torch.set_num_threads = lambda number: None
