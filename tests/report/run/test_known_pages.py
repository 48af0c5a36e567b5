"""Pages of runs with known answers: a number says what it is of, a void comparison that it is void."""

from pathlib import Path

from tests.report.known_runs import CASES, make


def _page(name: str, tmp_path: Path) -> str:
    known = next(one for one in CASES if one.name == name)
    return " ".join((make(known, tmp_path / "run")).read_text().split())


def test_a_number_says_which_trainings_it_is_of_where_one_went_astray(tmp_path: Path) -> None:
    page = _page("one-collapsed-seed", tmp_path)
    tile = page[page.index("Fine-tuned (transfer)") : page.index("From scratch (scratch)")]
    assert "without 1 training that went astray" in tile
    assert "mean of all 5 seeds" in tile
    pairs = page[page.index("Every pair on the target") :]
    assert "with all seeds" in pairs[: pairs.index("scratch \N{MINUS SIGN} zero_shot")]
    assert "unshifted" not in tile


def test_a_void_comparison_explains_nothing_and_says_so_beside_its_numbers(tmp_path: Path) -> None:
    page = _page("wrong-preprocessing", tmp_path)
    why, numbers = (page[page.index(f'id="{ident}"') :][:900] for ident in ("why", "numbers"))
    assert "Nothing is explained: the checkpoint is at chance" in why
    assert "the comparison is void" in numbers
    assert "Every pair on the target: void" in page
    assert "is void" not in _page("helps", tmp_path / "helps")


def test_a_pair_that_says_nothing_bears_no_sign_of_a_finding(tmp_path: Path) -> None:
    for name, count in (("not-trained-out", 2), ("wrong-preprocessing", 3), ("helps", 0)):
        page = _page(name, tmp_path / name)
        table = page[page.index("Every pair on the target") :].split("</table>")[0]
        assert table.count("says nothing (") == count
        assert table.count('class="word') == 3 - count
