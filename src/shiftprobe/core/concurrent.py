"""Work that threads do side by side: in order, so much at a time, and with one core each."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")


@contextmanager
def one_thread_each() -> Iterator[None]:
    """Inside, OpenCV and the libraries under numpy start no threads: they would fight ours for the same cores."""
    import cv2
    from threadpoolctl import threadpool_limits

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with threadpool_limits(1):
            yield
    finally:
        cv2.setNumThreads(before)


def in_turn(pool: ThreadPoolExecutor, work: Callable[[T], U], items: Iterable[T], *, most: int) -> Iterator[U]:
    """What comes of each item, in order; `map` of a pool would do them all at once, and hold all that came of them.

    Args:
        pool: does the work.
        work: what is done to an item.
        items: read as they are needed.
        most: how many are at work, or done and waiting.
    """
    waiting: deque[Future[U]] = deque()
    try:
        for item in items:
            if len(waiting) == most:
                yield waiting.popleft().result()
            waiting.append(pool.submit(work, item))
        while waiting:
            yield waiting.popleft().result()
    finally:
        for one in waiting:
            one.cancel()
