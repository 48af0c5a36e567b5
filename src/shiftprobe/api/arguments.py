"""Refusals name flags of the command line; whoever calls from Python reads the arguments that they are there."""

import inspect
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from shiftprobe.core.errors import ShiftprobeError

_FLAG = re.compile(r"--([a-z][a-z-]*)(?:( )(?=[A-Z]{2,}\b|data\b))?")
_PREPROCESS = ("size", "resize", "mean", "std", "interpolation", "order", "reader")
_OTHERS = {
    "links": "links:PATH as data",
    "unlabelled": "labels=False",
    "trained-on": "source.trained in the spec",
    **{key: f"preprocess[{key!r}]" for key in _PREPROCESS},
}
"""Flags that are no argument of the same name; one that is goes before them."""


@contextmanager
def arguments_of(function: Callable[..., Any]) -> Iterator[None]:
    """Whatever is refused within names the arguments of a function where it named flags."""
    try:
        yield
    except ShiftprobeError as error:
        error.args = (as_arguments(str(error), function),)
        raise


def as_arguments(text: str, function: Callable[..., Any]) -> str:
    """A refusal for Python: `--classes FILE` as `classes=FILE`, `--allow-code` as `allow_code=True`.

    Args:
        text: the refusal; commands between backticks stay as they are.
        function: whose arguments are meant.
    """
    known = inspect.signature(function).parameters

    def one(found: re.Match[str]) -> str:
        name, value = found[1].replace("-", "_"), "=" if found[2] else ""
        if name in known:
            return f"{name}=True" if known[name].default is False else f"{name}{value}"
        return _OTHERS[found[1]] + value if found[1] in _OTHERS else found[0]

    parts = text.split("`")
    return "`".join(part if place % 2 else _FLAG.sub(one, part) for place, part in enumerate(parts))
