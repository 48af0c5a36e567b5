"""A process of its own speaks with Ray: Ray ends whatever process has lost its head, and does not let go on Ctrl-C."""

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from shiftprobe.core.errors import ResourceError
from shiftprobe.engine.executors.processes import end_with_parent

GONE = (
    "the head of the cluster, or this machine's part of it, is gone; start it, then run the same command again: what "
    "is finished is kept"
)
PATIENCE = 20.0  # s for a cluster of this machine's own to end


class Driver:
    """The other process; it answers one request at a time."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self._here, there = context.Pipe()
        self._process = context.Process(target=_serve, args=(there,), daemon=True)
        self._process.start()
        there.close()

    def stream(self, answer: Callable[..., Iterator[Any]], *given: Any) -> Iterator[Any]:
        """What a generator function yields there; its error as it was raised there.

        Raises:
            ResourceError: when the other process ended, as Ray has it where its head is gone.
        """
        try:
            self._here.send((answer, given))
            while True:
                word, value = self._here.recv()
                if word == "error":
                    raise value
                if word == "done":
                    return
                yield value
        except (EOFError, ConnectionError):
            raise ResourceError(GONE) from None

    def ask(self, answer: Callable[..., Iterator[Any]], *given: Any) -> Any:
        """The one thing that a generator function yields there."""
        (found,) = self.stream(answer, *given)
        return found

    def end(self, *, at_once: bool) -> None:
        """End the other process; Ray ends what it had handed out."""
        if not at_once:
            with suppress(OSError):
                self._here.send(None)
            self._process.join(PATIENCE)
        self._process.kill()
        self._process.join()
        self._here.close()


def _serve(there: Connection) -> None:
    """In the other process: answer until there is nobody to answer to."""
    from shiftprobe.engine.cluster.connection import leave

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever asks answers Ctrl-C and ends us
    end_with_parent()
    with suppress(EOFError, OSError):
        while (asked := there.recv()) is not None:
            answer, given = asked
            try:
                for value in answer(*given):
                    there.send(("value", value))
            except Exception as error:  # noqa: BLE001 - raised again where it was asked
                there.send(("error", error))
            else:
                there.send(("done", None))
    leave()
