"""The losses beside their peers: `python -m benchmarks`."""
