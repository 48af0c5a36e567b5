"""The help of an audit: every option in a panel, and shared options untouched in other commands."""

import inspect

from typer.testing import CliRunner

from shiftprobe.cli import app
from shiftprobe.cli.commands import audit


def helped(command: str) -> str:
    return CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "120"}).output


def test_every_name_in_a_panel_is_an_option_and_stands_in_one() -> None:
    named = [name for names in audit.PANELS.values() for name in names]
    assert len(set(named)) == len(named)
    assert set(named) <= set(inspect.signature(audit.audit).parameters)


def test_an_option_stands_below_its_title_and_only_help_among_the_others() -> None:
    text = helped("audit")
    panels = {part.split(" ─")[0]: part for part in text.split("╭─ ")[1:]}
    assert next(iter(audit.PANELS)) in panels
    assert "--baseline" in panels["What is asked"]
    assert "--arch" in panels["The checkpoint"]
    assert "--debug" in panels["How it runs"]


def test_options_that_commands_share_stay_where_they_were_elsewhere() -> None:
    text = helped("sweep")
    assert all(title not in text for title in audit.PANELS)
