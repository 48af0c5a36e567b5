import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from shiftprobe.core.seeding import generator, image_generator, integer

part = st.integers() | st.text("abcxyz0123456789 -_", max_size=8)
addresses = st.lists(part, min_size=1, max_size=4)


def test_an_address_gives_the_same_seed_in_every_process() -> None:
    code = "from shiftprobe.core.seeding import integer; print(integer(0, 'order', 3))"
    told = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": salt}
        ).stdout
        for salt in ("1", "2")
    }
    assert told == {f"{integer(0, 'order', 3)}\n"}


def test_seeds_stay_as_they_were_when_first_released() -> None:
    assert integer(0, "order", 3) == 6520630738536837906
    assert generator(0, "init").integers(1000, size=4).tolist() == [109, 19, 7, 631]


@given(addresses)
def test_a_seed_is_a_63_bit_number_that_torch_takes(address: list[int | str]) -> None:
    assert 0 <= integer(*address) < 2**63


@given(addresses, addresses)
def test_two_addresses_never_share_a_stream(one: list[int | str], other: list[int | str]) -> None:
    assert (integer(*one) == integer(*other)) == (one == other)


@pytest.mark.parametrize("twin", [(1, "23"), ("1", 23), ("123",), (123,), (12, "3")])
def test_neither_the_type_nor_the_cut_is_lost(twin: tuple[int | str, ...]) -> None:
    assert integer(*twin) != integer(1, 23)


def test_streams_do_not_depend_on_what_was_drawn_before() -> None:
    whole = generator(1, "order").permutation(50)
    generator(1, "budget").random(1000)
    np.testing.assert_array_equal(generator(1, "order").permutation(50), whole)


def test_neighbouring_streams_are_unrelated() -> None:
    draws = np.array([generator(seed, "order").normal(size=400) for seed in range(20)])
    correlations = np.corrcoef(draws)[np.triu_indices(20, 1)]
    assert np.abs(correlations).max() < 0.25  # 5 standard errors


def test_an_image_draws_from_data_seed_and_index() -> None:
    draws = image_generator(3, 14).random(5)
    np.testing.assert_array_equal(draws, np.random.default_rng([3, 14]).random(5))
    assert not np.array_equal(draws, image_generator(14, 3).random(5))
