"""Where Python looks for modules: `python -m` puts the working folder first, and a torch.py in it before torch.

A working folder may hold data that somebody sent. The command `shiftprobe` never looks there; `python -m shiftprobe`
stops to as soon as a line of ours runs, and so do processes that it starts. This module may import nothing that Python
has not loaded itself when it starts: it would be looked for in that very folder.
"""

import os
import sys

_left: list[str] = []  # the working folder, where it was taken off


def leave_working_folder() -> None:
    """Take the working folder off the search path where `python -m shiftprobe` put it there.

    It stays where this package itself was found in it, and where another program imports this package.
    """
    runs = sys.argv[:1] == ["-m"] and "shiftprobe" in _after_m(sys.orig_argv)
    own = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))  # noqa: PTH120 - see above
    if runs and sys.path and not sys.flags.safe_path and os.path.realpath(sys.path[0]) != own:
        _left.append(sys.path.pop(0) or os.getcwd())  # noqa: PTH109 - see above


def left() -> list[str]:
    """The folder that was taken off, if one was."""
    return list(_left)


def come_back() -> None:
    """Look there again, last of all: code from there may run, and is never taken for anything installed."""
    sys.path.extend(folder for folder in _left if folder not in sys.path)


def _after_m(arguments: list[str]) -> list[str]:
    """What stands behind the first `-m` of a command line, as its own word or in the same one."""
    return next(
        (
            [argument[2:] or "".join(arguments[place + 1 : place + 2])]
            for place, argument in enumerate(arguments)
            if argument.startswith("-m")
        ),
        [],
    )


leave_working_folder()
