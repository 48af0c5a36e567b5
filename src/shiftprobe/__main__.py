"""`python -m shiftprobe`, and the entry of the installed command: what keeps us from starting has an exit code too."""

import sys
from contextlib import suppress
from typing import NoReturn


def main() -> NoReturn:
    """Run the command line."""
    try:
        from shiftprobe.cli import main as run
    except (MemoryError, OSError) as error:
        _stop(f"out of disk, memory or permission before it could start: {error}", 5)
    except Exception as error:  # noqa: BLE001 - a library that is missing or broken
        _stop(f"cannot start, a library is missing or broken: {error}; install it again", 70)
    run()


def _stop(text: str, code: int) -> NoReturn:
    with suppress(Exception):
        sys.stderr.write(f"shiftprobe: {text}\n")
    sys.exit(code)


if __name__ == "__main__":
    main()
