from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from shiftprobe.core.errors import SpecError
from shiftprobe.probes import PROBES
from shiftprobe.shifts import SHIFTS
from shiftprobe.spec.loading import load_spec, parse, parse_flag, preset_text, presets
from shiftprobe.train.arms import ARMS

LEAST: dict[str, Any] = {"target": {"data": "digits:uci"}}


@pytest.mark.parametrize("name", presets())
def test_every_preset_loads_names_what_exists_and_says_what_it_is(name: str) -> None:
    spec = load_spec(name)
    assert set(spec.shifts) <= set(SHIFTS)
    assert set(spec.arms) <= set(ARMS)
    assert set(spec.probes) <= set(PROBES)
    assert preset_text(name).startswith("# ")


def test_nothing_given_is_the_embedded_default() -> None:
    assert load_spec() == load_spec("digits")


def test_a_file_and_its_keys_say_the_same(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text('target: {data: "digits:uci"}\nseeds: [3]\n')
    spec = load_spec(path)
    assert spec.resolved() == load_spec({**LEAST, "seeds": [3]}).resolved()
    assert spec.base == tmp_path


def test_numbers_as_people_write_them_are_numbers() -> None:
    spec = load_spec({**LEAST, **parse("train: {lr: 1e-3}\nseverities: [.5, 1]\n", "text")})
    assert spec.train.lr == 0.001
    assert spec.severities == (0.5, 1.0)


def test_overrides_reach_nested_keys_and_leave_the_rest() -> None:
    given = {**LEAST, "train": {"epochs": 3, "lr": 0.1}}
    spec = load_spec(given, {"train.epochs": 30, "model.head": "source", "seeds": 1})
    assert (spec.train.epochs, spec.train.lr, spec.model.head, spec.seeds) == (30, 0.1, "source", (0,))
    assert given == {**LEAST, "train": {"epochs": 3, "lr": 0.1}}


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("train.epochs=30", ("train.epochs", 30)),
        ("seeds=[4, 5]", ("seeds", [4, 5])),
        ("model.weights=a=b.pt", ("model.weights", "a=b.pt")),
        ("source.data=", ("source.data", None)),
    ],
)
def test_a_flag_is_a_key_and_yaml(text: str, pair: tuple[str, Any]) -> None:
    assert parse_flag(text) == pair


@pytest.mark.parametrize("text", ["epochs", "=3", " =3", "a=[1,", "a=*b", "a=1\nb: 2\nb: 3"])
def test_a_flag_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(SpecError, match="--set"):
        parse_flag(text)


UNSAFE = {
    "alias": ("a: &x [1]\nb: *x", "line 2: not readable as YAML: aliases are not allowed"),
    "billion laughs": ("a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]", "line 2: .*aliases"),
    "merge": ("a: {<<: {b: 1}}", "not readable as YAML"),
    "key twice": ("a: 1\na: 2", "key 'a' stands twice"),
    "key twice below": ("t:\n  a: 1\n  a: 2", "line 2: .*key 'a' stands twice"),
    "number as key": ("1: 2", "key 1 is not text"),
    "list as key": ("? [a]\n: 1", "is not text"),
    "python object": ("a: !!python/object/apply:os.system [ls]", "line 1: .*tags .* are not allowed"),
    "a set": ("seeds: !!set {1, 2}", "tags .* are not allowed"),
    "bytes": ("a: !!binary aGk=", "tags .* are not allowed"),
    "text by tag": ("a: !!str 3", "tags .* are not allowed"),
    "a tag of one's own": ("a: !mine 3", "tags .* are not allowed"),
    "a bare tag": ("a: ! 3", "tags .* are not allowed"),
    "a tagged key": ("!!str a: 3", "tags .* are not allowed"),
    "half a list": ("a: [1, 2", "not readable as YAML"),
    "control character": ("a: \x07", "not readable as YAML"),
    "endless nesting": ("[" * 100_000, "not readable as YAML"),
    "endless number": (f"a: {'9' * 5000}", "not readable as YAML"),
    "two documents": ("a: 1\n---\nb: 2", "not readable as YAML"),
    "a list": ("- a\n- b", "wanted keys such as .*, got list"),
    "nothing": ("", "wanted keys such as .*, got NoneType"),
}


@pytest.mark.parametrize("fault", UNSAFE)
def test_yaml_beyond_plain_data_is_refused_in_one_line(fault: str) -> None:
    text, words = UNSAFE[fault]
    with pytest.raises(SpecError, match=words) as told:
        parse(text, "mine.yaml")
    assert str(told.value).startswith("mine.yaml")
    assert "\n" not in str(told.value)


PREPROCESS = {"size": 8, "channels": 1, "mean": [0.1], "std": [0.2]}
FAULTS: dict[str, tuple[Mapping[str, Any], str]] = {
    "unknown key": ({"shfts": []}, "unknown key shfts; did you mean 'shifts'?"),
    "unknown key below": (
        {"train": {"epoch": 1}},
        r"unknown key train.epoch; did you mean 'epochs'\? \(known: epochs, ",
    ),
    "unknown key in a choice": ({"model": {"preprocess": {**PREPROCESS, "sizes": 8}}}, "did you mean 'size'"),
    "fault in a choice": ({"model": {"preprocess": {**PREPROCESS, "size": 4}}}, "model.preprocess.size: .*8, got 4"),
    "word in a choice": ({"model": {"preprocess": "fit"}}, "model.preprocess: wanted 'auto', got 'fit'"),
    "missing key": ({"target": {}}, "target.data: this key is needed"),
    "true for a count": ({"train": {"epochs": True}}, "train.epochs: wanted a whole number, got True"),
    "one rate to tune": ({"train": {"tune": {"lr": [0.1]}}}, "train.tune: wanted two trials at least, got one"),
    "trials without a judge": (
        {"train": {"validation": 0, "tune": {"lr": [0.1, 0.2]}}},
        "train: tune needs a validation part to judge its trials; set train.validation above 0",
    ),
    "our own key": ({"base": "/etc"}, "unknown key 'base'"),
    "out of range": ({"severities": [0.5, 2]}, "severities: wanted fractions from 0 to 1, got 2; write 0.3 for 30 %"),
    "no number": ({"train": {"lr": "fast"}}, "train.lr: .*number.*got 'fast'"),
    "infinity as text": ({"train": {"lr": "inf"}}, "train.lr: .*finite.*got 'inf'"),
    "NaN": ({"train": {"lr": float("nan")}}, "wanted plain text, finite numbers"),
    "not plain": ({"target": {"data": Path("x")}}, "wanted plain text.*got: .*PosixPath"),
    "terminal codes": ({"a\x1b[31m": 1}, r"unknown key a\\x1b\[31m"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_one_line_with_key_wanted_and_got(fault: str) -> None:
    keys, words = FAULTS[fault]
    with pytest.raises(SpecError, match=words) as told:
        load_spec({**LEAST, **keys})
    assert str(told.value).startswith("spec: ")
    assert "\n" not in str(told.value)


def test_an_override_below_a_value_is_refused() -> None:
    with pytest.raises(SpecError, match=r"--set data_seed.x: 'data_seed' holds a value"):
        load_spec({**LEAST, "data_seed": 3}, {"data_seed.x": 1})


def test_a_file_that_cannot_be_a_spec_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="no spec file and no preset called digitz; did you mean 'digits'"):
        load_spec("digitz")
    with pytest.raises(SpecError, match="no spec file"):
        load_spec(tmp_path)
    (tmp_path / "picture.yaml").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(SpecError, match="wanted a readable UTF-8 text"):
        load_spec(tmp_path / "picture.yaml")
    (tmp_path / "large.yaml").write_bytes(b"#" * 1_000_001)
    with pytest.raises(SpecError, match="wanted a text under 1 MB, got 1,000,001 bytes"):
        load_spec(tmp_path / "large.yaml")


def test_the_examples_are_the_presets_that_the_wheel_ships() -> None:
    configs = Path(__file__).parents[2] / "configs"
    for name in presets():
        assert (configs / f"{name}.yaml").read_text() == preset_text(name)
