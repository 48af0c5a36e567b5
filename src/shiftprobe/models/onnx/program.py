"""An ONNX graph as a function of images: a process of its own runs it, bounded in memory and time."""

import json
import os
import signal
import subprocess
import sys
import weakref
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import CheckpointError
from shiftprobe.core.escape import escape
from shiftprobe.models.black_box import grey_levels
from shiftprobe.models.onnx import child
from shiftprobe.models.onnx.input import OnnxInput

ROOM = 4 * 2**30  # bytes of memory beyond four times the file
LOADING, EACH = 40, 10  # seconds of processor time: to load, and beyond them for each image of a part
PART = 16  # images at once, where the graph takes any number; its activations lie in memory together
_ENDS = {signal.SIGXCPU: "it took more than {seconds} s of processor time", signal.SIGKILL: "it was killed"}


@dataclass(slots=True, kw_only=True, weakref_slot=True)
class OnnxProgram:
    """A graph that runs elsewhere. A copy starts a process of its own, with its first images."""

    name: str  # of the file, for messages
    content: bytes = field(repr=False)
    size: int  # bytes of it and of the files that hold its weights
    folder: Path | None  # of these files; None: there are none
    given: OnnxInput
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    def __deepcopy__(self, _: object) -> "OnnxProgram":
        """The same graph, not running yet."""
        return OnnxProgram(name=self.name, content=self.content, size=self.size, folder=self.folder, given=self.given)

    def __call__(self, images: NDArray[np.float32]) -> NDArray[np.float32]:
        """Scores (N, C) of images (N, C, S, S), as a preprocessing gives them.

        Raises:
            NotAvailableError: when the graph takes grey levels, and these are none.
            CheckpointError: when the graph cannot take them, or ends its process.
        """
        side, given = self.given.side, self.given
        if side is not None and images.shape[2] != side:
            raise CheckpointError(
                f"{escape(self.name)}: its graph takes images of {side} px, got {images.shape[2]}; leave --size out"
            )
        turned = images.transpose(0, 2, 3, 1) if given.last else images
        ready = np.ascontiguousarray(grey_levels(turned) if given.dtype == "uint8" else turned, given.dtype)
        parts = [ready[start : start + self._part] for start in range(0, len(ready), self._part)]
        return np.concatenate([self._asked(part) for part in parts])

    @property
    def _part(self) -> int:
        return self.given.batch or PART

    def _asked(self, part: NDArray[Any]) -> NDArray[np.float32]:
        missing = self._part - len(part) if self.given.batch else 0  # a fixed number is filled up
        whole = np.concatenate([part, np.repeat(part[:1], missing, axis=0)]) if missing else part
        seconds = LOADING + EACH * len(whole)
        process = self._process or self._started()
        head = {"bytes": whole.nbytes, "dtype": str(whole.dtype), "shape": whole.shape, "seconds": seconds}
        scores = self._exchanged(process, head, whole.data, seconds).get("scores")
        if not isinstance(scores, int) or not 0 < scores <= child.MAX_SCORES:
            raise self._fault("it answers no scores", process)
        content = _pipe(process.stdout).read(4 * len(whole) * scores)
        if len(content) < 4 * len(whole) * scores:
            raise self._ended(process, seconds)
        return np.frombuffer(content, np.float32).reshape(len(whole), scores)[: len(part)]

    def _started(self) -> "subprocess.Popen[bytes]":
        path = os.pathsep.join(filter(None, sys.path))  # as ours, without the working folder
        process = self._process = subprocess.Popen(  # noqa: S603 - our own file
            [sys.executable, "-P", child.__file__],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path},
        )
        weakref.finalize(self, _end, process)
        head = {
            "bytes": len(self.content), "folder": None if self.folder is None else str(self.folder),
            "room": ROOM + 4 * self.size, "seconds": LOADING, "input": self.given.name, "output": self.given.output,
        }  # fmt: skip
        self._exchanged(process, head, memoryview(self.content), LOADING)
        return process

    def _exchanged(
        self, process: "subprocess.Popen[bytes]", head: Mapping[str, object], content: memoryview, seconds: int
    ) -> Mapping[str, object]:
        """What comes back for what is sent."""
        with suppress(BrokenPipeError):  # then there is no answer
            pipe = _pipe(process.stdin)
            pipe.write(json.dumps(head).encode() + b"\n")
            pipe.write(content)
            pipe.flush()
        line = _pipe(process.stdout).readline(2**16)
        if not line.endswith(b"\n"):
            raise self._ended(process, seconds)
        said: Mapping[str, object] = json.loads(line)
        if "error" in said:
            raise self._fault(str(said["error"]), process)
        return said

    def _ended(self, process: "subprocess.Popen[bytes]", seconds: int) -> CheckpointError:
        number = -process.wait()
        told = _ENDS.get(signal.Signals(number), f"it ended by {signal.Signals(number).name}") if number > 0 else ""
        return self._fault(told.format(seconds=seconds) or "it ended", process)

    def _fault(self, why: str, process: "subprocess.Popen[bytes]") -> CheckpointError:
        self._process = None
        _end(process)
        return CheckpointError(
            f"{escape(self.name)}: wanted an ONNX graph that answers {self.given.told}: {escape(why, 300)}"
        )


def _pipe(stream: IO[bytes] | None) -> IO[bytes]:
    if stream is None:  # each is a pipe, as it was asked for
        raise ValueError("no pipe")
    return stream


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout):
        with suppress(OSError):
            _pipe(stream).close()
