"""Threads side by side: results in order, so much at a time, one core each."""

import threading
from concurrent.futures import ThreadPoolExecutor

import cv2
import pytest
from threadpoolctl import threadpool_info

from shiftprobe.core.concurrent import in_turn, one_thread_each


def test_results_come_in_order_and_no_more_than_so_many_wait() -> None:
    begun, most, lock = [0], [0], threading.Lock()

    def work(item: int) -> int:
        with lock:
            begun[0] += 1
        return item * item

    taken = 0
    with ThreadPoolExecutor(3) as pool:
        for i, one in enumerate(in_turn(pool, work, range(50), most=5)):
            taken += 1
            most[0] = max(most[0], begun[0] - taken)
            assert one == i * i
    assert taken == 50
    assert most[0] <= 5


def test_a_fault_comes_out_and_what_waits_is_not_done() -> None:
    done: list[int] = []

    def work(item: int) -> int:
        if item == 3:
            raise ValueError("three")
        done.append(item)
        return item

    with ThreadPoolExecutor(1) as pool, pytest.raises(ValueError, match="three"):
        list(in_turn(pool, work, range(1000), most=4))
    assert max(done) < 20


def test_nothing_to_do_gives_nothing() -> None:
    with ThreadPoolExecutor(1) as pool:
        assert list(in_turn(pool, str, [], most=2)) == []


def test_libraries_start_no_threads_of_their_own_inside_and_do_as_before_outside() -> None:
    before = cv2.getNumThreads()
    with one_thread_each():
        assert cv2.getNumThreads() == 1
        assert {one["num_threads"] for one in threadpool_info()} <= {1}
    assert cv2.getNumThreads() == before
