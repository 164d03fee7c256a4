"""Figures, not tests: start-up, latency and memory of the router, beside its peers in the same run."""

from hydra_auto.benchmark.run import run_benchmark

__all__ = ["run_benchmark"]
