"""YAML -> Spec: presets, files, mappings and flags, each fault in one line."""

import json
from collections.abc import Iterable, Mapping
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from shiftprobe.core.digest import canonical
from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.registry import suggest
from shiftprobe.spec.model import Preprocessing
from shiftprobe.spec.schema import Spec
from shiftprobe.spec.training import BY_ARM, FOR_ALL

MAX_BYTES = 1_000_000  # bytes; a spec is a page, not a data set


class _Loader(yaml.SafeLoader):
    """Safe loading that also refuses aliases, tags and keys given twice."""

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise yaml.MarkedYAMLError(
                problem="aliases are not allowed",
                problem_mark=self.peek_event().start_mark,  # type: ignore[no-untyped-call]
            )
        if getattr(self.peek_event(), "tag", None) is not None:  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(
                problem="tags (beginning with !) are not allowed",
                problem_mark=self.peek_event().start_mark,  # type: ignore[no-untyped-call]
            )
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        for key in keys:
            if not isinstance(key, str):
                raise yaml.MarkedYAMLError(problem=f"key {key!r} is not text", problem_mark=node.start_mark)
            if keys.count(key) > 1:
                raise yaml.MarkedYAMLError(problem=f"key {key!r} stands twice", problem_mark=node.start_mark)
        return super().construct_mapping(node, deep)


def presets() -> tuple[str, ...]:
    """Names of the specs that ship in the wheel."""
    folder = resources.files("shiftprobe.spec") / "presets"
    return tuple(sorted(file.name.removesuffix(".yaml") for file in folder.iterdir() if file.name.endswith(".yaml")))


def preset_text(name: str) -> str:
    """The YAML of a preset."""
    return (resources.files("shiftprobe.spec") / "presets" / f"{name}.yaml").read_text("utf-8")


def _read(given: str | Path) -> tuple[str, Path]:
    """Text of a preset or a file, and the folder its paths are relative to."""
    if str(given) in presets():
        return preset_text(str(given)), Path()
    path = Path(given)
    if not there(path):
        hint = suggest(str(given), presets())
        raise SpecError(
            f"no spec file and no preset called {escape(given)}{hint} (presets: {', '.join(presets())}); "
            "`shiftprobe init my.yaml` writes one to start from"
        )
    return read_text(path), path.parent


def written(given: str | Path | None) -> dict[str, object]:
    """The keys of a preset or a file as they stand there; of the embedded default when None.

    Raises:
        SpecError: when it cannot be read.
    """
    name = str(given or "digits")
    return parse(_read(name)[0], name)


def there(path: Path) -> bool:
    """Whether this is a file; a name that no file can have is none."""
    try:
        return path.is_file()
    except OSError:  # too long, or behind a closed folder
        return False


def read_text(path: Path) -> str:
    """The text of a spec, a policy or another page of the user's.

    Raises:
        SpecError: when it is over 1 MB, or cannot be read as UTF-8.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise SpecError(f"{escape(path)}: wanted a text under 1 MB, got {path.stat().st_size:,} bytes")
        return path.read_text("utf-8")
    except (UnicodeDecodeError, OSError) as error:
        raise SpecError(f"{escape(path)}: wanted a readable UTF-8 text, got: {escape(error)}") from None


def parse(text: str, name: str) -> dict[str, object]:
    """YAML text to a mapping.

    Raises:
        SpecError: with file and line, when it is not plain YAML or not a mapping.
    """
    try:
        data = yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader, made stricter
        json.dumps(data, ensure_ascii=False, default=str).encode()  # half a character of a pair can be written nowhere
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise SpecError(
            f"{escape(name)}{line}: not readable as YAML: {escape(getattr(error, 'problem', error))}"
        ) from None
    if not isinstance(data, dict):
        raise SpecError(f"{escape(name)}: wanted keys such as `target:` and `shifts:`, got {type(data).__name__}")
    return data


def set_key(data: dict[str, object], dotted: str, value: object) -> None:
    """Set `train.epochs` and the like in nested plain data."""
    *parents, last = dotted.split(".")
    for parent in parents:
        below = data.setdefault(parent, {})
        if not isinstance(below, dict):
            raise SpecError(f"--set {escape(dotted)}: {parent!r} holds a value, not keys")
        data = below
    data[last] = value


def load_spec(
    given: str | Path | Mapping[str, object] | None = None, overrides: Mapping[str, object] | None = None
) -> Spec:
    """A spec from a preset's name, a file or a mapping; None is the embedded default.

    Args:
        given: `"digits"`, `"my.yaml"`, or the keys themselves.
        overrides: dotted keys and their values, `{"train.epochs": 30}`, as the command line's flags give them.

    Raises:
        SpecError: one line that names the key, what was wanted and what was found.
    """
    if isinstance(given, Mapping):
        data, base, name = plain(given, "spec"), Path(), "spec"
    else:
        name = str(given or "digits")
        text, base = _read(name)
        data = parse(text, name)
    for key, value in (overrides or {}).items():
        set_key(data, key, value)
    if "base" in data:
        raise SpecError(f"{escape(name)}: unknown key 'base'")
    try:
        return Spec.model_validate({**data, "base": base})
    except ValidationError as error:
        raise SpecError(f"{escape(name)}: {explain(error, Spec)}") from None


def plain(given: Mapping[str, object], name: str) -> dict[str, object]:
    """A copy of a mapping, as a file would hold it.

    Raises:
        SpecError: when it holds what no file can.
    """
    try:
        copy: dict[str, object] = json.loads(canonical(dict(given)))
    except (TypeError, ValueError) as error:
        raise SpecError(
            f"{name}: wanted plain text, finite numbers, lists and mappings, got: {escape(error)}"
        ) from None
    return copy


def explain(error: ValidationError, root: type[BaseModel]) -> str:
    """The first fault of a spec or policy, as key: wanted, got.

    Keys given where a word may stand too are judged as keys.

    Args:
        error: what pydantic found.
        root: the model that was to be made.
    """
    faults = error.errors()
    first = next((one for one in faults if one["type"] != "literal_error" or isinstance(one["input"], str)), None)
    first = first or max(faults, key=lambda one: len(one["loc"]))
    of_unions = ("literal[", Preprocessing.__name__, FOR_ALL, BY_ARM)
    place = [str(part) for part in first["loc"] if not str(part).startswith(of_unions)]
    if first["type"] == "extra_forbidden":
        known = _fields(place[:-1], root)
        return f"unknown key {escape('.'.join(place))}{suggest(place[-1], known)} (known: {', '.join(known)})"
    if first["type"] == "missing":
        return f"{'.'.join(place)}: this key is needed"
    wanted = first["msg"].replace("Input should be", "wanted").removeprefix("Value error, ")
    wanted = wanted.replace("a valid tuple", "a list such as [300]")
    if first["type"] == "model_type":
        wanted = "wanted keys in braces, as {at_least: 0.8}"
    if not place:  # a fault of several keys together names them itself
        return wanted
    wanted += " (a fraction: 0.01 is 1 point)" if place[-1:] == ["margin"] else ""
    if place[:1] == ["severities"] and len(place) > 1 and "equal to" in wanted:
        return f"severities: wanted fractions from 0 to 1, got {escape(repr(first['input']))}; write 0.3 for 30 %"
    return f"{escape('.'.join(place))}: {wanted}, got {escape(_spelled(first['input']))}"


def _spelled(value: object) -> str:
    """A value as Python writes it; of a whole number too long to be written, its kind."""
    try:
        return repr(value)
    except ValueError:
        return "a number of thousands of digits"


def _fields(place: Iterable[str], root: type[BaseModel]) -> list[str]:
    """The keys a part of the spec knows."""
    part: Any = root
    for name in place:
        fields = getattr(part, "model_fields", {})
        part = fields[name].annotation if name in fields else Preprocessing
    return [field for field in getattr(part, "model_fields", Preprocessing.model_fields) if field != "base"]


def parse_flag(text: str) -> tuple[str, object]:
    """'train.epochs=30' as key and value, the value read as YAML.

    Raises:
        SpecError: when there is no `=`, or the value is not YAML.
    """
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise SpecError(f"--set: wanted KEY=VALUE such as train.epochs=30, got {escape(text)}")
    return key.strip(), parse(f"value: {value}", f"--set {key}")["value"]
