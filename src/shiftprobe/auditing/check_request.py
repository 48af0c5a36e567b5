"""What an audit asks for and nobody can give: misspelt names and missing files, met before torch is imported."""

from pathlib import Path

from shiftprobe import data
from shiftprobe.auditing.names import OF_DATA, read_names, unnamed
from shiftprobe.auditing.policy import check_shifts
from shiftprobe.auditing.read_run import read_headline
from shiftprobe.auditing.request import FOLDERS, Request, is_audit
from shiftprobe.auditing.write_place import check_write
from shiftprobe.core.errors import SpecError
from shiftprobe.core.escape import escape
from shiftprobe.core.folder_kinds import AUDIT
from shiftprobe.core.out_folder import check_no_link, check_out
from shiftprobe.core.readers import reader_named
from shiftprobe.core.reading import check_folder
from shiftprobe.data.entries import rows
from shiftprobe.data.places import check_apart, check_place
from shiftprobe.data.trained import is_listing
from shiftprobe.engine.plugins import load_installed
from shiftprobe.models.formats.unnamed import names_nothing
from shiftprobe.models.names import check_given_arch, check_weights


def check_request(request: Request) -> None:
    """Refuse names that nothing goes by and places at which nothing lies; no image is read and no library imported.

    Raises:
        ShiftprobeError: for the first thing that is not there, in one line that names the flag that cures it.
    """
    load_installed(allow_code=request.wanted.allow_code)
    check_shifts(request.policy)
    _check_reachable(request)
    if request.run is not None:
        read_headline(request.run)
    for flag, given in (("--data", request.data), ("--target", request.target)):
        if isinstance(given, str | Path):
            check_place(str(given), flag)
            data.find(str(given), Path())
    if request.target is None and (request.ask is not None or request.label_files):
        flag = "--ask" if request.ask is not None else "--labels"
        raise SpecError(f"{flag}: wanted a target whose pictures are labelled, got none; give --target")
    for file in request.label_files:
        rows(file)
    for name in request.trained_on:
        if is_listing(name):
            check_place(name, "--trained-on")
        else:
            data.find(name, Path())
    if (reader := request.wanted.preprocess.get("reader")) is not None:
        reader_named(reader)
    _check_checkpoint(request)
    _check_out(request)
    _check_repairs(request)


def _check_checkpoint(request: Request) -> None:
    wanted, baseline = request.wanted, request.baseline
    if isinstance(wanted.classes, str | Path) and wanted.classes not in OF_DATA:
        read_names(Path(wanted.classes))
    if wanted.module is None:
        check_weights(Path(wanted.checkpoint), wanted.checkpoint)
        if wanted.arch is not None:
            check_given_arch(wanted.arch, allow_code=wanted.allow_code)
        if wanted.classes is None and names_nothing(Path(wanted.checkpoint)):
            raise unnamed(wanted.checkpoint, 0)
    if baseline is not None and is_audit(Path(baseline)):
        check_folder(Path(baseline))
    elif baseline is not None:
        check_weights(Path(baseline), baseline)


def _check_reachable(request: Request) -> None:
    """Meet what no file system can look up: names that are too long, folders that are closed."""
    given = [("--data", request.data), ("--target", request.target), ("--run", request.run)]
    for flag, path in (*given, *(("--trained-on", name) for name in request.trained_on)):
        if isinstance(path, str | Path):
            try:
                Path(path).exists()
            except OSError as error:
                raise SpecError(f"{flag} {escape(path)}: {error.strerror}; see that the path is right") from None


def _check_repairs(request: Request) -> None:
    """Meet what is asked of repairs and cannot be had."""
    asked = {"--towards": request.towards, "--repairs adapt": request.adapt, "--write": request.write}
    if not request.policy.repairs and (flags := [flag for flag, given in asked.items() if given]):
        raise SpecError(f"{flags[0]}: the policy tries no repairs; set `repairs: true` there, or leave {flags[0]} out")
    for name in request.towards:
        check_weights(Path(name), name)
    if request.write is not None:
        check_write(request.write, (request.data, request.target, *request.trained_on))


def _check_out(request: Request) -> None:
    """Meet a place that is not ours to write into before minutes are spent."""
    out = request.out or FOLDERS
    check_apart(out, (request.data, request.target, *request.trained_on))
    if request.out is None:
        check_no_link(out)
    else:
        check_out(out, AUDIT)
