"""What the outputs of a head mean: class names from a file, and every image's class found among them by name."""

import difflib
import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shiftprobe.core.errors import DataError, SpecError
from shiftprobe.core.escape import escape
from shiftprobe.models.class_names import are_numbers, conflict, counted, places_of, two_orders
from shiftprobe.results.about import NameConflict
from shiftprobe.spec.loading import read_text, there

DATA = "data"
"""`--classes data`: the outputs are the data's class names, in alphabetical order."""

AS_TEXT, COUNTED = "data:text", "data:counted"
OF_DATA = (DATA, AS_TEXT, COUNTED)
"""The same where whole numbers are sorted as text, and where they are counted."""

MAX_TOLD = 3  # names told in a message


def read_names(path: Path) -> tuple[str, ...]:
    """Names of a head's outputs, in order.

    Args:
        path: a text file with a name per line, or JSON: a list, {"0": name}, or {name: 0}.

    Raises:
        SpecError: when it cannot be read as such, or a number is missing.
    """
    if not there(path):
        raise SpecError(f"--classes: wanted a file with a name per line, or the word data, got {escape(path)}")
    text = read_text(path).removeprefix("\ufeff")
    names = _from_json(path, text) if text.lstrip()[:1] in {"[", "{"} else _lines(text)
    if not names:
        raise SpecError(f"{escape(path)}: wanted a class name per line, got none")
    return names


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _from_json(path: Path, text: str) -> tuple[str, ...]:
    try:
        found: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SpecError(f"{escape(path)}: not readable as JSON: {escape(error)}") from None
    if isinstance(found, dict):
        found = _ordered(path, found)
    if not all(isinstance(name, str) and name for name in found):
        raise SpecError(f"{escape(path)}: wanted names as text, in the order of the outputs")
    return tuple(found)


def _ordered(path: Path, found: Mapping[str, object]) -> list[object]:
    """Names by their numbers, whichever of the two are the keys."""
    numbers = [one for one in found.values() if isinstance(one, int) and not isinstance(one, bool)]
    by_number: dict[int, object]
    if len(numbers) == len(found):
        by_number = dict(zip(numbers, found, strict=True))
    elif all(re.fullmatch(r"\d{1,6}", key) for key in found):
        by_number = {int(key): name for key, name in found.items()}
    else:
        raise SpecError(f'{escape(path)}: wanted {{"0": "cat", ...}} or {{"cat": 0, ...}}')
    if sorted(by_number) != list(range(len(found))):
        raise SpecError(f"{escape(path)}: wanted the numbers 0 to {len(found) - 1}, each once")
    return [by_number[number] for number in range(len(found))]


def names_of_outputs(
    file: str, outputs: int, given: tuple[str, ...] | None, carried: tuple[str, ...] | None, data: Sequence[str]
) -> tuple[tuple[str, ...], str]:
    """Names of a head's outputs, and where they come from in words.

    Args:
        file: the checkpoint, for the message.
        outputs: how many the head has.
        given: what the user named; it goes before all else.
        carried: what the checkpoint itself or its publisher names.
        data: class names of the images, for the message.

    Raises:
        SpecError: when nobody names them, another number of names was given, or a name stands twice.
    """
    names, source = (given, "--classes") if given is not None else (carried, "the checkpoint itself")
    if names is None:
        raise unnamed(file, outputs, f"{len(data)} class names")
    if len(names) != outputs:
        raise SpecError(f"{escape(file)}: {_other_count(outputs, source, len(names))}")
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise SpecError(f"{escape(file)}: {source} names {escape(twice[0])} twice; each output needs a name of its own")
    return names, source


def unnamed(file: str, outputs: int, of_data: str = "class names") -> SpecError:
    """That nobody names a checkpoint's outputs, and both ways to do so.

    Args:
        file: the checkpoint.
        outputs: how many the head has; 0 where only an answer tells.
        of_data: what the data have, in words.
    """
    count = f"{outputs:,} " if outputs else ""
    return SpecError(
        f"{escape(file)}: nobody says what the checkpoint's {count}outputs mean; wanted --classes FILE with a name per "
        f"line in the order of the outputs, or --classes {DATA} if they are the data's {of_data} in alphabetical order"
    )


def _other_count(outputs: int, source: str, names: int) -> str:
    if outputs == 1:
        return (
            f"the head has a single output (binary, by a sigmoid), but {source} names {names:,} classes; make two "
            "outputs of it, of weight 0 and of the weight there is, and name both in that order with --classes FILE"
        )
    return (
        f"the head has {outputs:,} outputs, but {source} names {names:,} classes; wanted one name per output, see "
        "--classes FILE"
    )


def contradicted(
    file: str, given: tuple[str, ...] | None, carried: tuple[str, ...] | None, *, from_data: bool
) -> NameConflict | None:
    """What the names given say against those that stand in the file.

    The order of the data's folders is a guess, and a file that knows better refutes it; names that somebody wrote
    down go before those of the file, and the reader is told.

    Args:
        file: the checkpoint, for the message.
        given: what the user named.
        carried: what the file names.
        from_data: whether the names given are the data's, in alphabetical order.

    Raises:
        SpecError: when the file refutes the order of the data's names.
    """
    found = conflict(given, carried)
    if found is not None and from_data:
        raise SpecError(
            f"{escape(file)}: --classes {DATA} contradicts it: {found.told}; leave --classes out to take the "
            "checkpoint's own, or write the names in the order that is right to a file and give --classes FILE"
        )
    return found


def of_data(file: str, classes: Sequence[str], said: str, carried: tuple[str, ...] | None) -> tuple[str, ...]:
    """The data's class names in the order that `--classes` says.

    Args:
        file: the checkpoint, for the message.
        classes: the data's, in its own order.
        said: one of `OF_DATA`.
        carried: what the file names; names that are there settle the order.

    Raises:
        SpecError: when they are whole numbers, which some sort as text and some count, and nobody says which.
    """
    if said == COUNTED:
        return counted(classes)
    if said == AS_TEXT and are_numbers(classes):
        return tuple(sorted(classes))
    if said == DATA and are_numbers(classes) and carried is None and (orders := two_orders(classes)):
        raise SpecError(
            f"{escape(file)}: the data's class names are whole numbers, and {orders}; which did the training take? "
            f"ImageFolder sorts as text: --classes {AS_TEXT}; labels in a table, and timm, count: --classes {COUNTED}"
        )
    return tuple(classes)


def sorted_otherwise(classes: Sequence[str], said: object) -> str:
    """That timm would sort the data's class names in another order than ImageFolder; else nothing."""
    orders = two_orders(classes) if said == DATA and not are_numbers(classes) else ""
    return f"{orders}, as timm does: --classes {COUNTED} where it trained the checkpoint" if orders else ""


def columns(classes: Sequence[str], outputs: Sequence[str], side: str) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Per class of the data the output of its name, (K,), and what was bent to find it, in words.

    Names are compared as they are; then without case, with `_`, `-` and spaces alike, where that fits one output only.

    Raises:
        DataError: naming classes that no output stands for, with the names they resemble.
    """
    found = places_of(classes, outputs)
    unknown = [name for name, place in zip(classes, found, strict=True) if place is None]
    if unknown:
        raise DataError(_unknown(unknown, outputs, side))
    if len(set(found)) < len(found):
        raise DataError(
            f"{escape(side)}: two of its classes are read as one output; rename one, or give --classes FILE"
        )
    met = [(name, outputs[place]) for name, place in zip(classes, found, strict=True) if place is not None]
    bent = [f"{escape(name, 40)} is read as {escape(output, 40)}" for name, output in met if name != output]
    return np.asarray(found, np.int64), tuple(bent)


def _unknown(unknown: Sequence[str], outputs: Sequence[str], side: str) -> str:
    close = difflib.get_close_matches(unknown[0], outputs, n=1)
    hint = f" (did you mean {escape(close[0], 40)!r}?)" if close else ""
    more = f" and {len(unknown) - MAX_TOLD} more" if len(unknown) > MAX_TOLD else ""
    told = ", ".join(repr(escape(name, 40)) for name in unknown[:MAX_TOLD])
    first = ", ".join(repr(escape(name, 40)) for name in outputs[:MAX_TOLD])
    return (
        f"{escape(side)}: no output is called {told}{more}{hint}; the checkpoint's {len(outputs):,} outputs are "
        f"{first}, ...; rename the folders, leave them out, or name the outputs with --classes FILE"
    )
