"""Probes on a run that is there: nothing is trained again, and the numbers are those of a run that asked at once."""

from pathlib import Path

import pytest
from tests.conftest import Command
from tests.e2e.test_sweep_command import ONE, files, only_run

from shiftprobe.spec.schema import Spec

LATER = "similarity,domain,transferability,calibration,attribution"


def trained(run: Path) -> dict[str, int]:
    return {str(file): file.stat().st_mtime_ns for file in run.glob("cells/*/*/*.safetensors")}


def test_further_probes_look_at_a_run_that_is_there(shiftprobe_command: Command, tiny_copy: Path) -> None:
    run = tiny_copy
    before = trained(run)
    done = shiftprobe_command("probe", run, "--probes", LATER, *ONE)
    assert done.returncode == 0, done.stderr
    assert before == trained(run)
    assert len(before) > 0
    assert f"Report: {run}/report.html" in done.stdout
    table = (run / "results.csv").read_text()
    for row in (",domain,domain_auc,", ",attribution,ig_rank,", ",calibration,ece,"):
        assert row in table
    page = (run / "report.html").read_text()
    for section in ("pixels", "inside"):
        assert f'<section id="{section}"' in page
    again = shiftprobe_command("probe", run, "--probes", "domain", "--dry-run")
    assert "0 of " in again.stdout
    assert not (run / "sets").exists()


@pytest.mark.slow  # it compiles for many seconds; without it the probe, its layout and its section have their own tests
def test_points_are_laid_out_later(shiftprobe_command: Command, tiny_copy: Path) -> None:
    done = shiftprobe_command("probe", tiny_copy, "--probes", "umap", *ONE)
    assert done.returncode == 0, done.stderr
    assert ",umap,umap_trustworthiness," in (tiny_copy / "results.csv").read_text()
    assert '<section id="embedding"' in (tiny_copy / "report.html").read_text()
    again = shiftprobe_command("probe", tiny_copy, "--probes", "umap", "--dry-run")
    assert "0 of " in again.stdout


@pytest.mark.slow
def test_probes_asked_for_later_leave_the_bytes_of_a_run_that_asked_at_once(
    shiftprobe_command: Command, tiny: Path, tmp_path: Path
) -> None:
    every = ",".join(Spec.model_fields["probes"].default)
    assert shiftprobe_command("sweep", tiny, "--out", tmp_path / "later", *ONE).returncode == 0
    assert shiftprobe_command("probe", only_run(tmp_path / "later"), "--probes", every).returncode == 0
    assert shiftprobe_command("sweep", tiny, "--out", tmp_path / "once", *ONE, "--probes", every).returncode == 0
    later, once = (files(only_run(tmp_path / place)) for place in ("later", "once"))
    assert later["results.csv"] == once["results.csv"]


REFUSED = {
    "no run": (["probe", "nowhere", "--probes", "cka"], "wanted a run folder"),
    "no such probe": (["probe", "RUN", "--probes", "ckaa"], "did you mean 'cka'"),
    "no such taps": (["probe", "RUN", "--probes", "cka", "--taps", "some"], "taps: wanted 'penultimate' or 'all'"),
}


def test_what_cannot_be_probed_is_one_line_and_exit_code_2(shiftprobe_command: Command, tiny_copy: Path) -> None:
    run = tiny_copy
    for arguments, words in REFUSED.values():
        done = shiftprobe_command(*(str(run) if one == "RUN" else one for one in arguments))
        assert (done.returncode, done.stderr.count("\n")) == (2, 1), done.stderr
        assert words in done.stderr
    about = run / "spec.json"
    about.write_text(about.read_text().replace('"epochs": 1', '"epochs": 2'))
    done = shiftprobe_command("probe", run, "--probes", "cka")
    assert done.returncode == 2
    assert "spec.json: wanted the bytes that were written (its checksum), got other bytes" in done.stderr
    (run / "checksums.json").unlink()  # as in a folder of an earlier version
    done = shiftprobe_command("probe", run, "--probes", "cka")
    assert done.returncode == 2
    assert "make the run again with: shiftprobe sweep" in done.stderr
