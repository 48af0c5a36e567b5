"""Every cause has a claim of at most 25 words, a sentence that says what to do, and a title."""

import re

import pytest

from shiftprobe.diagnosing.causes import CAUSES, claim, title, what_to_do

KEYS = [
    "preprocessing",
    "channel_order",
    "stale_batch_statistics",
    "moved_batch_statistics",
    "renamed_classes",
    "turned",
    "mirrored",
    "inverted",
    "moved_moments",
    "half_loaded",
    "untrained_source",
    "dead_units",
    "leak",
    "twin_classes",
    "label_noise",
    "class_shares",
    "wrong_head",
    "short_schedule",
    "rate_too_low",
    "rate_too_high",
    "scales_only",
    "statistics_not_meaning",
    "erased",
    "overfits_body",
    "few_labels",
    "labels_plentiful",
    "narrow_network",
    "easy_task",
    "source_learnt_nothing",
    "reused",
]
LONG = tuple(f"a class whose name has many words {i}" for i in range(9))
DETAILS = ((), ("blocks.2",), ("blocks.2", "blocks.3", "head.0", "head.1", "head.2"), LONG)


def test_every_cause_has_its_words_and_no_other() -> None:
    assert set(CAUSES) == set(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_a_claim_is_one_sentence_of_at_most_25_words_whatever_it_names(key: str) -> None:
    for details in DETAILS:
        for said, most in (
            (claim(key, details), 25),
            (claim(key, details, "suggestive"), 25),
            (what_to_do(key, details), 50),
        ):
            assert len(said.split()) <= most
            assert said.endswith(".")
            assert not re.search(r"[{}]|\.\s+[A-Z]|  |\(\)| ,", said), said
    assert 1 <= len(title(key).split()) <= 5


def test_details_are_named_as_far_as_there_is_room() -> None:
    assert "blocks.2, blocks.3, head.0 and 2 more" in claim("half_loaded", DETAILS[2])
    assert "(" not in claim("half_loaded")
    assert "(blocks.2)" in what_to_do("half_loaded", ("blocks.2",))


def test_a_cause_that_is_only_suggested_claims_no_more_than_a_strong_one() -> None:
    assert "may have trained" in claim("leak", (), "suggestive")
    assert claim("turned", (), "suggestive") == claim("turned")


def test_foreign_names_are_made_visible() -> None:
    assert "\\x1b" in claim("twin_classes", ("\x1b[2J", "b"))


def test_a_cause_that_nobody_knows_keeps_its_name_in_a_table_and_has_no_claim() -> None:
    assert title("my_own") == "my own"
    with pytest.raises(KeyError):
        claim("my_own")
