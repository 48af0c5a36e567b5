"""What a diagnosis by interventions adds to the text of a paper."""

from collections.abc import Iterator

from shiftprobe.core.words import counted
from shiftprobe.paper.finished import FinishedRun, named
from shiftprobe.results import diagnosis_words as words


def diagnosed(run: FinishedRun) -> Iterator[str]:
    """One sentence: how many interventions, against what, and what they proved; nothing where none was made."""
    found = run.diagnosis
    if found is None or not found.path:
        return
    tried = counted(sum(one.outcome != "not_possible" for one in found.path), "intervention")
    trained = f" ({words.units(found.units)} of training)" if found.units else ""
    halved = any(one.stage == "file" for one in found.path)
    halves = "; what trains nothing is fitted on one half of the images and judged on the other" if halved else ""
    told = (
        f"To find the cause {tried} were tried{trained}{halves}; effects are those beyond a sham, corrected after Holm "
        "[@holm1979]"
    )
    if not found.causes:
        yield f"{told}; none was shown to be the cause"
        return
    first = found.causes[0]
    by = found.path[first.experiment]
    numbers = ", ".join(filter(None, (words.effect(by), words.share(by))))
    grade = "the effect shows" if first.grade == "strong" else "suggested, not shown, is"
    yield f"{told}; {grade}: {named(by.title)}" + (f" ({numbers})" if numbers else "")
