"""Words are explained once, linked once, and nothing else on the page moves."""

import re
from pathlib import Path

import pytest
from tests.report.fake_answers import write_answers
from tests.report.fake_inside import add_inside, write_embedding
from tests.report.fake_run import Fake, Make, write_run
from tests.report.run.test_page import page_of, unlinked

from shiftprobe.report.kit.glossary import Term, linked, used
from shiftprobe.report.run.terms_inside import TERMS

CKA = Term("cka", "CKA", r"\bCKA\b", "similarity")
BAND = Term("band", "CKA band", r"\bCKA band\b", "of seeds")
WORDS = '<section id="words"></section></main>'


def body(inside: str) -> str:
    return f"<main><section>{inside}</section>{WORDS}"


def links(page: str) -> list[tuple[str, str]]:
    return re.findall(r'<a class="term" href="#w-([^"]+)">([^<]+)</a>', page)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> str:
    fake = Fake(classes=("<b>CKA</b>", '"seed"', *(str(i) for i in range(8))), budgets=(50, 300))
    run = write_run(tmp_path_factory.mktemp("glossary") / "run", fake, add_inside)
    write_embedding(run, fake)
    write_answers(run, fake, lost=1)
    return page_of(run)


def test_a_word_is_linked_where_it_first_stands_and_only_there() -> None:
    page = linked(body("<p>Debiased CKA, then CKA.</p><p>CKA</p>"), [CKA])
    assert links(page) == [("cka", "CKA")]
    assert 'Debiased <a class="term" href="#w-cka">CKA</a>, then CKA.' in page


@pytest.mark.parametrize(
    "inside",
    [
        "<p><a href='#x'>CKA</a></p>", "<h2>CKA</h2>", "<p><button>CKA</button></p>", "<svg><title>CKA</title></svg>",
        "<table><thead><tr><th><p>CKA</p></th></tr></thead></table>", '<p title="CKA">x</p>', "<p hidden>CKA</p>",
        '<p class="step off">CKA</p>', "<td>CKA</td>", "<p>CKAs</p>",
        "<p>--CKA 3, report.CKA=1, CKA,LEEP, CKA=1, LEEP,CKA</p>",
    ],
)  # fmt: skip
def test_names_heads_and_hidden_text_stay_as_they_are(inside: str) -> None:
    assert linked(body(inside), [CKA]) == body(inside)


def test_what_is_in_view_comes_before_what_is_folded() -> None:
    page = linked(body("<details><p>CKA folded</p></details><p>CKA seen</p>"), [CKA])
    assert '<a class="term" href="#w-cka">CKA</a> seen' in page
    assert "CKA folded" in page
    assert len(links(linked(body("<details><p>CKA folded</p></details>"), [CKA]))) == 1


def test_two_words_never_share_a_place() -> None:
    page = linked(body("<p>the CKA band</p><p>CKA</p>"), [BAND, CKA])
    assert links(page) == [("band", "CKA band"), ("cka", "CKA")]
    assert unlinked(page) == body("<p>the CKA band</p><p>CKA</p>")


def test_elements_that_are_never_closed_end_with_their_parent() -> None:
    page = body("<ul><li><br>one<li>CKA</ul><img src='x'><p>CKA</p>")
    assert unlinked(linked(page, [CKA])) == page


def test_only_words_of_the_page_are_explained() -> None:
    assert used(body("<p>CKA</p>"), [CKA, BAND]) == (CKA,)
    assert used(body('<p title="CKA">x</p>'), [CKA]) == ()
    assert used("no running text", [CKA]) == ()


def test_links_move_nothing_else(whole: str) -> None:
    before, after = whole[: whole.index("<main")], whole[whole.index('<section id="words"') :]
    assert not links(before)
    assert not links(after)
    assert "<script" not in whole[whole.index("<main") : whole.index('<section id="words"')]
    assert "&lt;b&gt;CKA&lt;/b&gt;" in whole


def test_every_link_leads_to_its_word_and_every_word_of_the_page_has_an_entry(whole: str) -> None:
    entries = re.findall(r'<div id="w-([^"]+)"><dt>', whole)
    assert len(entries) == len(set(entries))
    found = [key for key, _ in links(whole)]
    assert len(found) == len(set(found))
    assert set(found) <= set(entries)
    assert {"source", "target", "seed", "margin", "cka", "auc", "umap", "holm", "readout", "null-band"} <= set(found)
    said = re.sub(r"<[^>]*>", " ", whole[whole.index("<main") : whole.index('<section id="words"')])
    assert {one.key for one in TERMS if re.search(one.found, said)} == {key for key in entries if "arm-" not in key}


def test_arms_are_words_too(whole: str) -> None:
    assert {"arm-transfer", "arm-scratch", "arm-zero_shot"} <= {key for key, _ in links(whole)}


def test_a_page_without_probes_explains_none(make_run: Make) -> None:
    page = page_of(make_run(Fake(shifts=(), severities=(0.0,), taps=(), moved=False)))
    entries = set(re.findall(r'<div id="w-([^"]+)"><dt>', page))
    assert not {"cka", "auc", "umap", "gradcam"} & entries
    assert {"seed", "margin", "source"} <= entries


def test_every_term_is_a_sentence_and_no_two_share_a_key() -> None:
    assert len({one.key for one in TERMS}) == len(TERMS)
    assert all(one.meaning.endswith(".") and re.fullmatch(r"[a-z-]+", one.key) for one in TERMS)


def test_the_same_run_gives_the_same_links(tmp_path: Path) -> None:
    pages = [page_of(write_run(tmp_path / name, Fake())) for name in "ab"]
    assert links(pages[0]) == links(pages[1])
