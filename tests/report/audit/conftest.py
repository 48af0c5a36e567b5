"""The page of a fake audit."""

import pytest
from tests.report.fake_audit import write_folder

from shiftprobe.report.audit.page import write_audit


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return write_audit(write_folder(tmp_path_factory.mktemp("audit") / "a")).read_text("utf-8")
