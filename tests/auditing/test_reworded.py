"""Facts travel as fields: every sentence can be reworded without moving a verdict, a check or a repair."""

import json
from pathlib import Path

from tests import forked
from tests.auditing.reworded import facts, tell


def test_no_verdict_hangs_on_a_sentence(tmp_path: Path) -> None:
    process = forked.CONTEXT.Process(target=tell, args=(tmp_path / "facts.json",))
    process.start()
    process.join(forked.LIMIT_S)
    assert process.exitcode == 0
    plain, other = facts(), json.loads((tmp_path / "facts.json").read_text())
    assert [one["suspects"] for one in plain] == [False, False, False, True]
    for as_told, in_other_words in zip(plain, other, strict=True):
        assert as_told == in_other_words
