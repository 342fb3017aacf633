"""The losses beside their peers: `python -m tests.benchmarks`."""
