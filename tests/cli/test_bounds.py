"""Numbers on the command line are bounded."""

import pytest
from typer.testing import CliRunner

from shiftprobe import cli


@pytest.mark.parametrize(
    "asked",
    [
        ("verdict", "68.6 (1.0)", "67 (1)", "--n", "9" * 400),
        ("verdict", "68.6 (1.0)", "67 (1)", "--n", "9" * 50_000),
        ("verdict", "68.6 (1.0)", "67 (1)", "--n", "3", "--n-b", "1000001"),
        ("locate", "--source", "digits:mnist", "--target", "digits:uci", "--seed", "9" * 400),
        ("sweep", "digits", "--workers", "1025", "--dry-run"),
        ("audit", "model.pt", "--data", "digits:uci", "--workers", "9" * 400),
    ],
    ids=range(6),
)
def test_numbers_without_end_are_wrong_usage(asked: tuple[str, ...]) -> None:
    told = CliRunner().invoke(cli.app, list(asked))
    assert (told.exit_code, told.stdout) == (2, "")
    assert "Invalid value" in told.stderr
