"""What stands around the weights in a checkpoint: other parts, averages, prefixes, class names."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from torch import Tensor

from shiftprobe.core.errors import CheckpointError
from shiftprobe.core.escape import escape
from shiftprobe.models.class_names import KEYS, class_names
from shiftprobe.models.formats.container import SAVE_STATE, check_count
from shiftprobe.models.formats.foreign import attributes, maker
from shiftprobe.models.formats.ways_out import whole_model
from shiftprobe.models.head import guides

PLAIN = ("state_dict", "model_state_dict", "model_dict", "model", "net", "network", "weights", "module")
AVERAGED = ("ema", "model_ema", "state_dict_ema", "ema_state_dict", "averaged_model")
TORCHS_OWN = ("module.", "_orig_mod.")  # of DataParallel and torch.compile
PREFIXES = (*TORCHS_OWN, "model.", "net.", "network.", "backbone.", "encoder.")

_COUNTER = "n_averaged"  # of torch's AveragedModel
_BESIDE = ("meta", "metadata", "hyper_parameters", "hparams", "config", "args")  # parts that may hold class names
_DEEPEST = 4  # parts within parts; a pickle can hold itself
_LONGEST_NAME = 1000  # characters of the name of a weight
_NAMED = 4  # parts that a sentence names


class Unwrapped(NamedTuple):
    """Values by name, not looked at yet; class names when the file tells them; each step taken, a sentence each."""

    values: dict[str, object]
    classes: tuple[str, ...] | None
    notes: tuple[str, ...]


def unwrapped(
    path: Path,
    loaded: object,
    *,
    part: str | None,
    prefixes: Iterable[str] = PREFIXES,
    beside: Mapping[str, object] | None = None,
    lone: str | None = None,
) -> Unwrapped:
    """The weights in what a file holds.

    Args:
        path: of the file, for messages.
        loaded: what was read.
        part: the key of the part that is wanted; None takes the plain weights, and averaged ones where there are no
            others.
        prefixes: taken off while all names share one.
        beside: what a file of a form without parts says of its weights.
        lone: what a tensor is called that is all there is; None where it is refused.

    Raises:
        CheckpointError: when no part, or not the wanted one, holds weights by name.
    """
    notes: list[str] = []
    levels: list[Mapping[Any, Any]] = []
    wanted, level = part, {lone: loaded} if lone is not None and isinstance(loaded, Tensor) else loaded
    while isinstance(level, dict) and len(levels) < _DEEPEST:
        levels.append(level)
        key = _chosen(level, wanted, notes)
        if key is None:
            break
        wanted = None if key == wanted else wanted
        level = level[key]
    if wanted is not None:
        raise CheckpointError(f"{escape(path)}: no part {escape(repr(wanted))} with weights; {_there(levels)}")
    _check_no_object(path, level)
    if not isinstance(level, dict) or not level or not all(isinstance(name, str) for name in level):
        raise CheckpointError(f"{escape(path)}: wanted weights by name, got {_describe(level)}; {SAVE_STATE}")
    if (longest := max(map(len, level))) > _LONGEST_NAME:
        raise CheckpointError(
            f"{escape(path)}: wanted names of at most {_LONGEST_NAME:,} characters, got one of {longest:,}"
        )
    check_count(path, len(level))
    if _parts(level):
        raise CheckpointError(f"{escape(path)}: its weights stand under names we do not know; {_there(levels)}")
    values = _bare(level, prefixes, notes)
    return Unwrapped(values, _classes([*levels, beside or {}], notes), tuple(notes))


def aligned(state: Mapping[str, Tensor], own: Iterable[str]) -> Mapping[str, Tensor]:
    """The same weights, with the prefix on or off that makes their names those of a model, where one does."""
    names = set(own)
    if not state or names & set(state):
        return state
    mine = _stripped(names)[1]
    renamed = {name if guides(name) else mine + name: state[old] for old, name in _stripped(state)[0].items()}
    return renamed if names & set(renamed) else state


def _chosen(level: Mapping[Any, Any], wanted: str | None, notes: list[str]) -> str | None:
    """The key of the part to go on with; None when this level holds the weights itself."""
    parts = _parts(level)
    if wanted is not None and wanted in parts:
        notes.append(f"`{escape(wanted)}` was read, as asked")
        return wanted
    plain = [key for key in PLAIN if key in parts]
    averaged = [key for key in AVERAGED if key in parts]
    if not plain and not averaged:
        return None
    key = (plain or averaged)[0]
    if wanted is None:
        notes.extend(_said(level, key, plain, averaged))
    return key


def _said(level: Mapping[Any, Any], key: str, plain: list[str], averaged: list[str]) -> Iterator[str]:
    others = [name for name in level if name != key]
    if others:
        named = ", ".join(f"`{escape(name, 40)}`" for name in others[:_NAMED])
        more = ", ..." if len(others) > _NAMED else ""
        count = "another part" if len(others) == 1 else f"{len(others)} other parts"
        yield f"the file holds {count} ({named}{more}); only `{key}` was read"
    if not plain:
        yield f"there are no plain weights, so the moving average under `{key}` was read"
    elif averaged:
        yield f"a moving average of the weights (EMA) is there too; {_by(averaged[0])} reads it"
    if len(plain) > 1:
        yield f"other weights are there too; {_by(plain[1])} reads them"


def _by(part: str) -> str:
    """How somebody says a part: by a flag, or by a key of a spec."""
    return f"`--part {part}` (`model.part: {part}` in a spec)"


def _parts(level: Mapping[Any, Any], depth: int = _DEEPEST) -> list[str]:
    """Keys whose values hold weights, themselves or in a part of theirs."""
    return [key for key, value in level.items() if isinstance(key, str) and _holds(value, depth)]


def _holds(value: object, depth: int) -> bool:
    if not isinstance(value, dict) or depth == 0 or not all(isinstance(name, str) for name in value):
        return False
    known = {key: value[key] for key in (*PLAIN, *AVERAGED) if key in value}
    return _has_tensors(value) or bool(_parts(known, depth - 1))


def _has_tensors(level: Mapping[Any, Any]) -> bool:
    return any(isinstance(value, Tensor) for value in level.values())


def _there(levels: list[Mapping[Any, Any]]) -> str:
    """Which parts there are to choose from."""
    parts = [escape(key, 40) for level in levels for key in _parts(level)]
    known = ", ".join(dict.fromkeys(parts))
    return f"choose one with --part (`model.part` in a spec): {escape(known)}" if known else SAVE_STATE


def _bare(level: Mapping[str, object], prefixes: Iterable[str], notes: list[str]) -> dict[str, object]:
    """Values without prefixes that all names share, and without torch's counter of averages."""
    values = dict(level)
    rest = [name for name in values if name != _COUNTER]
    if len(rest) == len(values) - 1 and rest and all(name.startswith("module.") for name in rest):
        del values[_COUNTER]
        notes.append(f"`{_COUNTER}`, a counter of torch's weight averaging, was left out")
    names, prefix = _stripped(values, prefixes)
    if prefix:
        count = sum(name != old for old, name in names.items())
        values = {name: values[old] for old, name in names.items()}
        notes.append(f"`{prefix}`, with which all {count} names began, was taken off")
    return values


def _stripped(names: Iterable[str], prefixes: Iterable[str] = PREFIXES) -> tuple[dict[str, str], str]:
    """Names as given, each with what is left without the prefixes that all of a network's share, and these in a row.

    What only guides training stands beside the network, and its names share nothing.
    """
    left, whole, known = {name: name for name in names}, "", tuple(prefixes)
    while own := {old: name for old, name in left.items() if not guides(name)}:
        prefix = next((p for p in known if all(n.startswith(p) and n != p for n in own.values())), None)
        shorter = {**left, **{old: name.removeprefix(prefix or "") for old, name in own.items()}}
        if prefix is None or len(set(shorter.values())) < len(shorter):
            break
        left, whole = shorter, whole + prefix
    return left, whole


def _classes(levels: list[Mapping[Any, Any]], notes: list[str]) -> tuple[str, ...] | None:
    """Class names that stand beside the weights; None when they are not there, or not told alike."""
    held = [level.get(key) for level in levels for key in _BESIDE]
    beside = [value if isinstance(value, dict) else attributes(value) for value in held]
    said = [(key, value) for level in (*levels, *beside) for key, value in level.items() if str(key).lower() in KEYS]
    read = {str(key): names for key, value in said if (names := class_names(value)) is not None}
    if not read:
        return None
    if len(set(read.values())) > 1:
        notes.append(f"the class names in the file disagree ({', '.join(map(escape, read))}); none of them was used")
        return None
    key, names = next(iter(read.items()))
    notes.append(f"the file names its {len(names)} classes (`{escape(key)}`)")
    return names


def _check_no_object(path: Path, level: object) -> None:
    """Refuse an object in the place of weights, with what leads on from the program that made it."""
    parts = level if isinstance(level, dict) and not _has_tensors(level) else {}
    held = [level, *(parts.get(key) for key in (*PLAIN, *AVERAGED)), *parts.values()]
    name = next((name for value in held if (name := maker(value)) is not None), None)
    if name is not None:
        raise CheckpointError(f"{escape(path)}: {whole_model(name)}")


def _describe(loaded: object) -> str:
    return "an empty or unnamed collection" if isinstance(loaded, dict) else f"a {type(loaded).__name__}"
