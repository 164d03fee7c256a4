"""A Ray cluster for the time of one evaluation (the extra `distributed`)."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hydra_auto
from hydra_auto.evaluation.engine import Engine, Ray, Serial


@contextmanager
def engine_named(name: str, workers: int) -> Iterator[Engine]:
    """`serial`, or `ray`: the cluster that RAY_ADDRESS names, else a local one with `workers` workers that
    ends with the block.

    Raises:
        ValueError: an unknown engine, or Ray is not installed.
    """
    if name == "serial":
        yield Serial()
        return
    if name != "ray":
        raise ValueError(f"unknown engine {name!r}: use serial or ray")
    try:
        import ray
    except ImportError as error:
        raise ValueError(
            "--engine ray needs the extra `distributed`: pip install 'hydra-auto[distributed]'"
        ) from error
    # workers must find this very code, also where it runs from a checkout
    path = os.pathsep.join(
        filter(None, (str(Path(hydra_auto.__file__).parents[1]), os.environ.get("PYTHONPATH")))
    )
    address = os.environ.get("RAY_ADDRESS")
    ray.init(
        address=address,
        num_cpus=None if address else workers,
        include_dashboard=None if address else False,
        log_to_driver=False,
        logging_level=logging.ERROR,
        runtime_env={"env_vars": {"PYTHONPATH": path}},
    )
    try:
        yield Ray(workers)
    finally:
        ray.shutdown()
