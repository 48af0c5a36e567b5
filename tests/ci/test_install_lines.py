"""What is read before shiftprobe is there says how to get it today: from the repository, not from an index."""

import re
from pathlib import Path

import pytest
from tests.ci.steps import ROOT

READ_BEFORE = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]


@pytest.mark.parametrize("path", READ_BEFORE, ids=lambda path: path.name)
def test_no_line_installs_a_release_that_is_not_there(path: Path) -> None:
    assert re.findall(r"pip install (?:-\w+ |--\w+ )*[\"']?shiftprobe(?![\w\[/])", path.read_text("utf-8")) == []
