"""Facts travel as fields: every sentence can be reworded without moving a verdict, a check or a repair."""

import json
import subprocess
import sys
from pathlib import Path

from tests.auditing.reworded import facts


def test_no_verdict_hangs_on_a_sentence() -> None:
    root = Path(__file__).parents[2]
    command = [sys.executable, "-m", "tests.auditing.reworded"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    plain, other = facts(), json.loads(done.stdout)
    assert [one["suspects"] for one in plain] == [False, False, False, True]
    for as_told, in_other_words in zip(plain, other, strict=True):
        assert as_told == in_other_words
