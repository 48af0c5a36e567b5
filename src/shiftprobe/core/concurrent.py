"""Work that threads do ahead of whoever needs it, in order and so much at a time."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")
U = TypeVar("U")


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
