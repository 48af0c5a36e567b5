"""A sweep that is broken at any write: never the code of a failed audit, and the next one ends with the same bytes."""

import shutil
from pathlib import Path

import pytest
import yaml
from tests.cli.breaking import FAULTS, Breaking, broken, places, whole
from tests.specs import TINY

MOST = 8  # writes that are broken, of some hundred; lines of progress come by the clock, so the last are left out


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["no space", "a disk that fails", "no memory"])
def test_a_broken_sweep_goes_on_to_the_same_bytes(fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    (tmp_path / "tiny.yaml").write_text(yaml.safe_dump({**TINY, "seeds": 1, "probes": ["accuracy", "cka"]}))
    words, out = ["sweep", "tiny.yaml", "--workers", "1", "--out", "new"], tmp_path / "new"
    clean = Breaking()
    assert broken(words, clean)[0] == 0
    (run,) = out.iterdir()
    wanted = (run / "results.csv").read_bytes()
    for at in places(9 * len(clean.seen) // 10, MOST):
        shutil.rmtree(out)
        breaking = Breaking(at=at, error=FAULTS[fault][0])
        code, told = broken(words, breaking)
        where = f"{fault} at {breaking.place}, write {at} of {len(clean.seen)}: {told}"
        assert code in {0, 4, 5}, where  # 0 where a line to stderr was lost, 4 where one cell met it
        assert "Traceback" not in told, where
        assert broken(words, Breaking())[0] == 0, where
        assert (run / "results.csv").read_bytes() == wanted, where
        assert whole(out), where
