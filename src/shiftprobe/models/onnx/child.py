"""The process in which an ONNX graph runs: a file of its own that imports nothing of ours, started by `onnx_program`.

A graph is a program of others. It cannot leave the operators of onnxruntime, but it may loop for ever, ask for all
memory or meet a fault in C++. So it runs here, with so much memory and processor time and no file that it could write;
whatever ends it ends this process alone.

On stdin and stdout: a line of JSON, then the bytes that it announces.
"""

import json
import os
import resource
import threading
import time
from contextlib import suppress
from typing import IO, Any

MAX_SCORES = 100_000  # per image


def main() -> None:
    """Load what comes first, then answer each batch; the end of stdin is the end."""
    coming, going = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever libraries print is no answer
    asked = json.loads(coming.readline())
    threading.Thread(target=_leave_with, args=(os.getppid(),), daemon=True).start()
    import numpy as np
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)
    _confine(asked["room"])
    try:
        _allow(asked["seconds"])
        session = _session(onnxruntime, coming.read(asked["bytes"]), asked["folder"])
    except Exception as error:  # noqa: BLE001 - whatever the library raises becomes one line
        _answer(going, {"error": _told(error, asked["room"])})
        return
    _answer(going, {"version": onnxruntime.__version__})
    while line := coming.readline():
        batch = json.loads(line)
        given = np.frombuffer(coming.read(batch["bytes"]), batch["dtype"]).reshape(batch["shape"])
        try:
            _allow(batch["seconds"])
            (found,) = session.run([asked["output"]], {asked["input"]: given})
            scores = _scores(np.asarray(found), len(given)).astype(np.float32)
        except Exception as error:  # noqa: BLE001 - the same
            _answer(going, {"error": _told(error, asked["room"])})
        else:
            _answer(going, {"scores": scores.shape[1]}, scores.tobytes())


def _session(onnxruntime: Any, content: bytes, folder: str | None) -> Any:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.use_deterministic_compute = True
    options.enable_cpu_mem_arena = False  # memory comes back after each batch
    if folder is not None:
        options.add_session_config_entry("session.model_external_initializers_file_folder_path", folder)
    return onnxruntime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


def _told(error: Exception, room: int) -> str:
    if isinstance(error, MemoryError) or "bad_alloc" in str(error) or "allocate memory" in str(error):
        return f"it asks for more than {room:,} bytes of memory"
    return f"{type(error).__name__}: {error}"[:2000]


def _scores(found: Any, images: int) -> Any:
    scores = found.reshape(found.shape[:2]) if found.ndim > 1 and found.size == images * found.shape[1] else found
    if scores.ndim != 2 or len(scores) != images or not 0 < scores.shape[1] <= MAX_SCORES:  # noqa: PLR2004
        raise ValueError(f"it answers {found.shape} to {images} images")
    return scores


def _confine(room: int) -> None:
    """So much memory beyond what is taken already; no file is written, no core dumped."""
    taken = int(_first_number("/proc/self/statm") * os.sysconf("SC_PAGE_SIZE"))
    for what, most in (
        (resource.RLIMIT_AS, taken + room), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0),
    ):  # fmt: skip
        with suppress(ValueError, OSError):  # a system that has no such bound
            resource.setrlimit(what, (most, most))


def _first_number(path: str) -> int:
    with suppress(OSError), open(path, encoding="ascii") as file:  # noqa: PTH123 - few imports start fast
        return int(file.read().split()[0])
    return 0


def _allow(seconds: int) -> None:
    """So much processor time from now on; beyond it the system ends this process."""
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = int(time.process_time()) + seconds + 1
    resource.setrlimit(resource.RLIMIT_CPU, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def _answer(going: IO[bytes], said: dict[str, object], content: bytes = b"") -> None:
    going.write(json.dumps(said).encode() + b"\n" + content)
    going.flush()


def _leave_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(0.5)
    os._exit(1)


if __name__ == "__main__":
    main()
