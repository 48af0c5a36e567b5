"""Ctrl-C and SIGTERM end the program within two seconds, whatever it is at.

Python answers a signal between two steps of its own. Most often that is at once, and the program ends in order. Where
something catches everything, or waits for threads that compute, a timer ends it. Where C code holds the interpreter, no
timer is heard either: so a small process of our own reads each signal from a pipe that the handler in C writes to at
once, waits, and kills what has not ended by then.
"""

import os
import select
import signal
import sys
import threading
import time
from contextlib import suppress
from types import FrameType
from typing import Final, NoReturn

IN_ORDER, BY_FORCE = 0.8, 1.3  # seconds from a signal to the end by a timer, and to the end by the other process
CODES: Final = {signal.SIGTERM: 143, signal.SIGINT: 130}
_MOST_FILES = 4096
_signal = threading.Event()  # one that ends the program has come


def end_in_time() -> None:
    """From here on a signal ends this process in time; to be called before any thread begins."""
    for number in CODES:
        if signal.getsignal(number) is not signal.SIG_IGN:  # a shell's background job ignores Ctrl-C
            signal.signal(number, _end)
    with suppress(OSError):  # no process or file is left to us: then the timer must do
        _be_watched()


def leave(code: int) -> NoReturn:
    """End with a code; after a signal at once: taking apart what lies in memory may outlast what time is left."""
    if _signal.is_set():
        os._exit(code)
    sys.exit(code)


def _be_watched() -> None:
    reading, writing = os.pipe()
    parent = os.getpid()
    try:
        if os.fork() == 0:
            _watch(reading, parent)
    except OSError:
        os.close(writing)
        raise
    finally:
        os.close(reading)
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)


def _end(number: int, _: FrameType | None) -> NoReturn:
    """Begin to end in order; the timer cannot be caught."""
    _signal.set()
    code = CODES[signal.Signals(number)]
    timer = threading.Timer(IN_ORDER, os._exit, (code,))
    timer.daemon = True
    timer.start()
    if number == signal.SIGINT:
        raise KeyboardInterrupt
    raise SystemExit(code)


def _watch(reading: int, parent: int) -> NoReturn:
    """In the other process: wait for a signal, then for the end; the pipe closes with the one who holds it."""
    try:
        for number in (*CODES, signal.SIGHUP, signal.SIGQUIT):
            signal.signal(number, signal.SIG_IGN)
        os.closerange(0, reading)  # whoever reads our output waits for its last holder
        os.closerange(reading + 1, _MOST_FILES)
        if _signalled(reading) and not _closed(reading, time.monotonic() + BY_FORCE) and os.getppid() == parent:
            os.kill(parent, signal.SIGKILL)
    finally:
        os._exit(0)


def _signalled(reading: int) -> bool:
    """Whether a signal that ends the program came before the program ended by itself."""
    while content := os.read(reading, 64):
        if any(number in content for number in CODES):
            return True
    return False


def _closed(reading: int, until: float) -> bool:
    """Whether the program ends by then."""
    while (left := until - time.monotonic()) > 0:
        if select.select([reading], [], [], left)[0] and not os.read(reading, 64):
            return True
    return False
