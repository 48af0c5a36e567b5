import re
from pathlib import Path

import pytest

from shiftprobe.auditing.names import columns, names_of_outputs, of_data, read_names, sorted_otherwise
from shiftprobe.core.errors import DataError, SpecError


@pytest.mark.parametrize(
    "text",
    [
        "cat\ndog\n",
        "\ufeffcat\r\ndog",
        '["cat", "dog"]',
        '{"0": "cat", "1": "dog"}',
        '{"cat": 0, "dog": 1}',
        "cat\n\n dog ",
    ],
)
def test_names_are_read_in_the_order_of_the_outputs(tmp_path: Path, text: str) -> None:
    file = tmp_path / "classes.txt"
    file.write_text(text, encoding="utf-8")
    assert read_names(file) == ("cat", "dog")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "wanted a class name per line, got none"),
        ('{"0": "cat", "2": "dog"}', "wanted the numbers 0 to 1, each once"),
        ('{"cat": "dog"}', "wanted"),
        ("[1, 2]", "wanted names as text"),
        ('["cat"', "not readable as JSON"),
    ],
)
def test_a_file_that_does_not_name_every_output_once_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "classes.json"
    file.write_text(text)
    with pytest.raises(SpecError, match=said):
        read_names(file)


def test_a_mark_of_byte_order_is_no_part_of_json(tmp_path: Path) -> None:
    (tmp_path / "classes.json").write_text('\ufeff["cat", "dog"]')
    assert read_names(tmp_path / "classes.json") == ("cat", "dog")


def test_a_path_that_no_file_can_have_is_refused() -> None:
    with pytest.raises(SpecError, match="wanted a file with a name per line"):
        read_names(Path("a" * 5000))


def test_a_name_for_two_outputs_is_refused_wherever_it_comes_from() -> None:
    with pytest.raises(SpecError, match="--classes names cat twice"):
        names_of_outputs("m.pt", 3, ("cat", "dog", "cat"), None, ("cat", "dog"))


def test_classes_are_found_by_name_in_any_order() -> None:
    places, bent = columns(("dog", "cat"), ("cat", "cow", "dog"), "folder:photos")
    assert places.tolist() == [2, 0]
    assert bent == ()


def test_a_name_may_differ_in_case_and_dashes_and_this_is_said() -> None:
    places, bent = columns(("polar_bear",), ("cat", "Polar bear"), "folder:photos")
    assert places.tolist() == [1]
    assert bent == ("polar_bear is read as Polar bear",)


def test_a_loose_match_that_fits_two_outputs_is_none() -> None:
    with pytest.raises(DataError, match="no output is called 'polar_bear'"):
        columns(("polar_bear",), ("Polar bear", "polar-bear"), "folder:photos")


def test_an_unknown_class_is_refused_with_the_name_it_resembles() -> None:
    with pytest.raises(DataError, match=r"no output is called 'dgo' \(did you mean 'dog'\?\)"):
        columns(("cat", "dgo"), ("cat", "dog"), "folder:photos")


def test_two_classes_never_share_an_output() -> None:
    with pytest.raises(DataError, match="two of its classes are read as one output"):
        columns(("Cat", "cat"), ("cat",), "folder:photos")


def test_outputs_without_names_are_refused_with_the_flag_that_names_them() -> None:
    with pytest.raises(SpecError, match="--classes data if they are the data's 2 class names"):
        names_of_outputs("m.pt", 10, None, None, ("cat", "dog"))


def test_another_number_of_names_than_outputs_is_refused() -> None:
    with pytest.raises(SpecError, match="the head has 10 outputs, but --classes names 2 classes"):
        names_of_outputs("m.pt", 10, ("cat", "dog"), None, ())


def test_given_names_go_before_those_the_checkpoint_carries() -> None:
    assert names_of_outputs("m.pt", 2, ("a", "b"), ("c", "d"), ()) == (("a", "b"), "--classes")
    assert names_of_outputs("m.pt", 2, None, ("c", "d"), ())[0] == ("c", "d")


def test_minus_one_is_no_one() -> None:
    with pytest.raises(DataError, match="no output is called '-1'"):
        columns(("-1",), ("0", "1"), "csv:target.csv")
    assert columns(("Tabby-cat",), ("tabby_cat",), "folder:x")[0].tolist() == [0]


NUMBERS = tuple(sorted(map(str, range(12))))
COUNTING = tuple(map(str, range(12)))


def test_whole_numbers_with_two_orders_are_asked_about_and_either_answer_leads_on() -> None:
    with pytest.raises(SpecError) as refused:
        of_data("m.pt", NUMBERS, "data", None)
    said = str(refused.value)
    assert "output 2 is '10' where names are sorted as text, '2' where they are counted" in said
    flags = re.findall(r"--classes (\S+?)[;.]?(?:\s|$)", said)
    answers = {flag: of_data("m.pt", NUMBERS, flag, None) for flag in flags}
    assert answers == {"data:text": NUMBERS, "data:counted": COUNTING}


@pytest.mark.parametrize("names", [COUNTING[:10], tuple(f"{i:02}" for i in range(12)), COUNTING, ("10", "2", "cat")])
def test_names_with_one_order_are_not_asked_about(names: tuple[str, ...]) -> None:
    assert of_data("m.pt", names, "data", None) == names


def test_names_in_the_file_settle_the_order() -> None:
    assert of_data("m.pt", NUMBERS, "data", NUMBERS) == NUMBERS


def test_other_names_that_timm_sorts_otherwise_are_told() -> None:
    said = sorted_otherwise(("n1", "n10", "n2"), "data")
    assert said.startswith("output 1 is 'n10' where names are sorted as text, 'n2'")
    assert sorted_otherwise(("Zebra", "ant"), "data")
    assert of_data("m.pt", ("Zebra", "ant"), "data:counted", None) == ("ant", "Zebra")
    assert not sorted_otherwise(("ant", "bee"), "data")
    assert not sorted_otherwise(("n1", "n10", "n2"), "names.txt")
