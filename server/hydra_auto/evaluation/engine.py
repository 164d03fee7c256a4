"""Chunks of rows -> results in their order: in this process, or on a Ray cluster.

Chunks are always 256 rows, however many workers there are, so that each chunk goes through the encoder in
the same batches and both engines give the same results bit for bit. At most a few chunks are under way, so
memory stays flat however many rows there are.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Final, Protocol, TypeVar

from attrs import frozen

T = TypeVar("T")
R = TypeVar("R")

CHUNK: Final = 256
"""Rows per chunk, fixed."""

IN_FLIGHT: Final = 2
"""Chunks per worker that are under way at a time."""


class Engine(Protocol):
    """`make` builds what works on one chunk, once per worker; it must be picklable (a module's function,
    or `functools.partial` of one)."""

    def map(self, make: Callable[[], Callable[[T], R]], chunks: Iterable[T]) -> Iterator[R]: ...


@frozen
class Serial:
    """Everything in this process, one chunk after the other."""

    def map(self, make: Callable[[], Callable[[T], R]], chunks: Iterable[T]) -> Iterator[R]:
        work = None
        for chunk in chunks:
            work = work or make()
            yield work(chunk)


@frozen
class Ray:
    """`workers` processes of a Ray cluster: the one that RAY_ADDRESS names, else a local one.

    The cluster is joined by `ray_cluster`, which the caller keeps open around all work.
    """

    workers: int

    def map(self, make: Callable[[], Callable[[T], R]], chunks: Iterable[T]) -> Iterator[R]:
        import ray

        remote: Any = ray.remote(num_cpus=1)(_Worker)
        workers = [remote.remote(make) for _ in range(self.workers)]
        under_way: deque[Any] = deque()
        for number, chunk in enumerate(chunks):
            if len(under_way) >= IN_FLIGHT * self.workers:
                yield ray.get(under_way.popleft())
            under_way.append(workers[number % self.workers].work.remote(chunk))
        while under_way:
            yield ray.get(under_way.popleft())
        for worker in workers:
            ray.kill(worker)


class _Worker:
    """What lives in one process of the cluster: the work, made once."""

    def __init__(self, make: Callable[[], Callable[[Any], Any]]) -> None:
        self._work = make()

    def work(self, chunk: Any) -> Any:
        return self._work(chunk)


def chunks_of(rows: Iterable[T]) -> Iterator[list[T]]:
    """`rows` in lists of `CHUNK`, the last one shorter."""
    iterator = iter(rows)
    while chunk := list(islice(iterator, CHUNK)):
        yield chunk
