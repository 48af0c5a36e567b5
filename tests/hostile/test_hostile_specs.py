"""Every spec and policy of the catalogue gets the answer it should, and nothing in any of them runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.hostile import pages, policies, specs
from tests.hostile.cases import Case, answered, fault, rows
from tests.hostile.documented import table
from tests.hostile.pages import MARKER
from tests.hostile.policies import POLICIES
from tests.hostile.specs import SPECS
from typer.testing import CliRunner

from shiftprobe.auditing.policy import load_policy
from shiftprobe.cli import app
from shiftprobe.core.errors import SpecError
from shiftprobe.spec.loading import parse

DOORS: dict[str, Callable[[Path], None]] = {"spec": specs.door, "policy": policies.door}


def by_name(case: object) -> str | None:
    return case.name if isinstance(case, Case) else None


@pytest.mark.parametrize("case", [*SPECS, *POLICIES], ids=by_name)
def test_each_is_answered_in_one_line_as_the_catalogue_says(case: Case, tmp_path: Path) -> None:
    path = case.build(tmp_path)
    before = sorted(tmp_path.iterdir())
    answer = answered(DOORS["spec" if case.name.startswith("spec") else "policy"], path)
    assert fault(case, answer) == ""
    assert sorted(tmp_path.iterdir()) == before  # nothing ran, nothing was written


@pytest.mark.parametrize("tag", pages.LIVE)
def test_the_tags_are_live(tag: str, tmp_path: Path) -> None:
    """Loaded without care each makes its marker: the test above would notice if one of ours ran."""
    text = pages.tagged("name", pages.TAGS[tag], "", tmp_path).read_text()
    made = yaml.unsafe_load(text)["name"]
    if hasattr(made, "wait"):
        made.wait()
    assert (tmp_path / MARKER).exists()


def test_names_are_distinct_and_the_catalogues_are_large() -> None:
    cases = [*SPECS, *POLICIES]
    assert len({case.name for case in cases}) == len(cases)
    for counts in (specs.counts(), policies.counts()):
        assert counts["refused"] >= 60
        assert counts["accepted"] >= 10


def test_the_docs_count_them() -> None:
    assert table("Specs and policies") == rows({**specs.FAMILIES, **policies.FAMILIES})


def chosen(*names: str) -> list[Case]:
    return [case for case in (*SPECS, *POLICIES) if case.name in names]


def refused(arguments: list[str], folder: Path) -> str:
    """What a command says that refuses its input and writes nothing."""
    before = sorted(folder.rglob("*"))
    done = CliRunner().invoke(app, arguments)
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stderr.strip().isprintable()
    assert sorted(folder.rglob("*")) == before
    return done.stderr


@pytest.mark.parametrize(
    "case",
    chosen(
        "spec: tag, apply",
        "spec: a name that climbs out",
        "spec: UTF-16",
        "spec: a plugin without leave",
        "spec: a pipe",
    ),
    ids=by_name,
)
def test_sweep_refuses_a_spec_in_one_line_and_writes_nothing(case: Case, tmp_path: Path) -> None:
    said = refused(["sweep", str(case.build(tmp_path)), "--out", str(tmp_path / "runs")], tmp_path)
    assert case.because in said


@pytest.mark.parametrize(
    "case",
    chosen(
        "policy: tag, apply",
        "policy: code",
        "policy: an unknown shift",
        "policy: NaN for a threshold",
        "policy: a pipe",
    ),
    ids=by_name,
)
def test_audit_refuses_a_policy_in_one_line_and_writes_nothing(case: Case, tmp_path: Path) -> None:
    flags = ["--data", "digits:uci", "--policy", str(case.build(tmp_path)), "--out", str(tmp_path / "audit")]
    assert case.because in refused(["audit", str(tmp_path / "none.pt"), *flags], tmp_path)


VALUES: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3),
    max_leaves=6,
)
KEYS = st.sampled_from(
    ["name", "accuracy", "severity", "shifts", "severities", "worst_class", "images", "corruption_error"]
)


@given(keys=st.dictionaries(KEYS | st.text(max_size=9), VALUES, max_size=3))
@settings(max_examples=50, deadline=None)
def test_any_mapping_is_a_policy_or_refused_in_one_line(keys: dict[str, Any]) -> None:
    assert answered(lambda _: load_policy(keys), Path()).outcome in {"accepted", "refused"}


@given(
    text=st.text(alphabet=st.characters(codec="utf-8") | st.sampled_from(list("[]{}:&*!|>-?,#%@\n\t '\"")), max_size=60)
)
@settings(max_examples=50, deadline=None)
def test_any_text_is_yaml_or_refused_in_one_line(text: str) -> None:
    try:
        assert isinstance(parse(text, "page.yaml"), dict)
    except SpecError as error:
        assert str(error).isprintable()  # noqa: PT017 - most texts end here, not all
