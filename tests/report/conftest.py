"""The fixture that writes a fake run."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.report.fake_run import Fake, Make, write_run


@pytest.fixture
def make_run(tmp_path: Path) -> Make:
    """Write a fake run; `changes` may edit the summary and the rows before they are written."""

    def make(fake: Fake | None = None, changes: Callable[[dict[str, Any], list[Any]], None] | None = None) -> Path:
        return write_run(tmp_path / "run", fake or Fake(), changes)

    return make
