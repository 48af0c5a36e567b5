import inspect
import re

import pytest

from shiftprobe.paper import judgement, procedure, training
from shiftprobe.paper.references import bibtex, cited, references

WHERE = {"article": "journal", "inproceedings": "booktitle", "techreport": "institution"}


def fields(entry: str) -> dict[str, str]:
    found: dict[str, str] = dict(re.findall(r"^  (\w+) = \{(.*)\},?$", entry, re.MULTILINE))
    return found


@pytest.mark.parametrize("key", references())
def test_an_entry_is_whole(key: str) -> None:
    entry = references()[key]
    told = fields(entry)
    assert entry.count("{") == entry.count("}")
    assert len(told) == entry.count("\n") - 1  # every line between the first and the last is a field
    assert {"author", "title", "year"} <= set(told)
    kind = entry[1 : entry.index("{")]
    assert kind == "misc" or WHERE[kind] in told
    assert kind != "misc" or {"eprint", "howpublished"} & set(told)
    assert key.endswith(told["year"])
    first = told["author"].partition(" and ")[0].partition(",")[0]
    assert re.sub(r"[^a-z]", "", first.lower()).startswith(re.sub(r"\d", "", key)[:7]) or key == "torchvision2016"
    if "doi" in told:
        assert re.fullmatch(r"10\.\d{4,}/\S+", told["doi"])
    if "eprint" in told:
        assert re.fullmatch(r"\d{4}\.\d{4,5}", told["eprint"])
        assert told["archiveprefix"] == "arXiv"
        submitted, printed = 2000 + int(told["eprint"][:2]), int(told["year"])
        assert 0 <= printed - submitted <= 1


def test_every_citation_has_its_entry_and_every_entry_a_place() -> None:
    texts = [*judgement.MEASURES.values(), *procedure.DATA.values(), *procedure.ARMS.values()]
    texts += [cite for _, cite in procedure.PACKAGES.values()]
    sources = [inspect.getsource(module) for module in (judgement, procedure, training)]
    used = set(cited(" ".join([*texts, *sources])))
    assert used == set(references())


def test_citations_are_read_as_pandoc_writes_them() -> None:
    assert cited("a [@holm1979; @wilson1927], b [@holm1979]") == ("holm1979", "wilson1927")
    assert cited("user@host1999 [holm1979] [@Holm]") == ()


def test_a_file_holds_its_entries_and_no_other() -> None:
    text = bibtex(["holm1979", "wilson1927"])
    assert re.findall(r"^@\w+\{(\w+),", text, re.MULTILINE) == ["holm1979", "wilson1927"]
