"""The paragraph, its references and the tables of pairs as files."""

from dataclasses import dataclass
from pathlib import Path

from shiftprobe.core.files import write_bytes
from shiftprobe.core.folder_kinds import METHODS, RUN
from shiftprobe.core.markdown import prose
from shiftprobe.core.out_folder import check_inside, opened
from shiftprobe.paper import pair_tables
from shiftprobe.paper.diagnosed import diagnosed
from shiftprobe.paper.finished import FinishedRun, read_finished
from shiftprobe.paper.judgement import judgement, outcome
from shiftprobe.paper.procedure import procedure, software
from shiftprobe.paper.references import CITATION, bibtex, cited
from shiftprobe.results.latex import latex_text
from shiftprobe.results.run_folder import RunDir

FILES = ("methods.md", "methods.tex", "references.bib", "pairs.csv", "pairs.tex")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """The text, with citations as `[@holm1979]`, and where everything was written."""

    text: str
    files: tuple[Path, ...]


def write(run: Path, out: Path | None = None) -> Written:
    """Write the paragraph of a run as Markdown and LaTeX, its references, and every declared pair as CSV and LaTeX.

    Every number is taken from the run's summary, spec and environment; the same folder gives the same bytes.

    Args:
        run: the run folder.
        out: where the files go; `methods/` in the run folder when None.

    Raises:
        RunError: when it is no run folder, its tables are missing or damaged, or it holds a link where we write.
        SpecError: when something of somebody else lies in `out`.
        ResourceError: when the disk is full or the place not writable.
    """
    found = read_finished(RunDir(run))
    if out is None:
        check_inside(run, RUN)
    folder = run / "methods" if out is None else opened(out, METHODS)
    told = paragraph(found)
    contents = (
        _markdown(told),
        _latex(told),
        bibtex(cited(told)),
        pair_tables.csv_text(found),
        pair_tables.latex(found),
    )
    for name, content in zip(FILES, contents, strict=True):
        write_bytes(folder / name, content.encode())
    return Written(text=told, files=tuple(folder / name for name in FILES))


def paragraph(run: FinishedRun) -> str:
    """Methods and results as sentences, citations as `[@holm1979; @wilson1927]`."""
    told = (*procedure(run), *judgement(run), *outcome(run), *diagnosed(run), *software(run))
    return " ".join(f"{one[0].upper()}{one[1:]}." for one in told)


def _markdown(text: str) -> str:
    """Citations stay, as pandoc reads them; everything else is inert."""
    return "".join(part if cite else _inert(part) for part, cite in _parts(text)) + "\n"


def _inert(part: str) -> str:
    """`prose` with the spaces at both ends kept."""
    inner = part.strip()
    head = part[: len(part) - len(part.lstrip())]
    tail = part[len(part.rstrip()) :] if inner else ""
    return f"{head}{prose(inner, len(inner) + 1) if inner else ''}{tail}"


def _latex(text: str) -> str:
    return (
        "".join(
            rf"\cite{{{','.join(key.strip(' @') for key in part[1:-1].split(';'))}}}" if cite else latex_text(part)
            for part, cite in _parts(text)
        )
        + "\n"
    )


def _parts(text: str) -> list[tuple[str, bool]]:
    """The text cut at its citations, and which parts are one."""
    found, last = [], 0
    for one in CITATION.finditer(text):
        found += [(text[last : one.start()], False), (one[0], True)]
        last = one.end()
    return [*found, (text[last:], False)]
