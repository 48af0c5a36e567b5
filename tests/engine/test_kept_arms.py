"""What a run folder says of an arm without being what we write is no arm: it is trained again."""

from pathlib import Path
from typing import Any, cast

import pytest

from shiftprobe.core.files import write_folder, written_about
from shiftprobe.engine.cell import _kept


@pytest.mark.parametrize("files", [{}, {"about.json": b"[]"}, {"about.json": b"{"}, {"about.json": b'{"lr": 1}'}])
def test_an_arm_without_its_facts_is_trained_again(files: dict[str, bytes], tmp_path: Path) -> None:
    write_folder(tmp_path / "scratch", files, {"code": "now"})
    assert written_about(tmp_path / "scratch") == {"code": "now"}
    assert _kept(tmp_path / "scratch", cast("Any", None)) is None
