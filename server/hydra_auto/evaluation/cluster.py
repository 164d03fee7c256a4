"""A Ray cluster for the time of one evaluation (the extra `distributed`)."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import hydra_auto
from hydra_auto.evaluation.engine import Engine, Ray, Serial

STARTS: Final = 3


@contextmanager
def engine_named(name: str, workers: int) -> Iterator[Engine]:
    """`serial`, or `ray`: the cluster that RAY_ADDRESS names, else a local one with `workers` workers that
    ends with the block.

    Raises:
        ValueError: an unknown engine, or Ray is not installed or cannot be started.
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
    _start(ray, workers)
    try:
        yield Ray(workers)
    finally:
        ray.shutdown()


def _start(ray: Any, workers: int) -> None:
    """Joins or starts the cluster. Ray gives a local node 30 seconds to come up, which no option changes and
    a busy machine may exceed, so it gets `STARTS` of them."""
    # workers must find this very code, also where it runs from a checkout
    here = str(Path(hydra_auto.__file__).parents[1])
    path = os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH"))))
    address = os.environ.get("RAY_ADDRESS")
    for attempt in range(1, STARTS + 1):
        try:
            ray.init(
                address=address,
                num_cpus=None if address else workers,
                include_dashboard=None if address else False,
                log_to_driver=False,
                logging_level=logging.ERROR,
                runtime_env={"env_vars": {"PYTHONPATH": path}},
            )
            return
        except Exception as error:  # Ray's own timeout is a bare Exception
            ray.shutdown()
            if "timed out" not in str(error) or attempt == STARTS:
                raise ValueError(f"no Ray cluster could be joined or started ({error})") from error
