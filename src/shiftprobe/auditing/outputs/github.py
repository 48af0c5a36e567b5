"""GitHub: annotations on the checks page of a pull request, and the summary of a step."""

from collections.abc import Iterator, Sequence

from shiftprobe.auditing.model import Verdicts
from shiftprobe.auditing.outputs import wording
from shiftprobe.auditing.outputs.blocks import HEADS, reproduce, rows, shared, verdict
from shiftprobe.auditing.types import OPEN, Check
from shiftprobe.core.escape import escape
from shiftprobe.core.markdown import prose, table

LINE = 400  # characters of a message
TITLE = 100
EACH = 9  # annotations of one level beside the verdict; GitHub shows ten of each per step


def github(verdicts: Verdicts) -> str:
    """An audit as workflow commands, one a line: the verdict, then what keeps it from being better.

    Gates that fail or cannot tell are errors, because both end the step with an exit code that is not 0; warnings
    are warnings; an open question that does not gate is a notice. What shares the reason of another is counted in that
    one's message: one cause, one alarm, and the cause of a gate that fails is an error even where it does not gate.
    GitHub shows ten of each level, so those
    beyond are counted in one line. Foreign text cannot begin a command: it is made printable first, then `%` and
    line breaks are escaped as GitHub asks, in titles also `:` and `,`.

    Args:
        verdicts: what an audit found.
    """
    checks = verdicts.checks
    level = "notice" if verdicts.status == "pass" else "error"
    title = f"shiftprobe audit of {escape(verdicts.name, 40)}: {wording.OUTCOMES[verdicts.status]}"
    limits = "".join(f" [{one.badge}]" for one in verdicts.marks)
    lines = [_command(level, title, f"{verdicts.sentence}{limits}")]
    own = wording.own_reason(checks)
    grave = [one for one in own if wording.alarms(one, checks)]
    lines += _level("error", grave, checks)
    lines += _level("warning", [one for one in own if one.status == "warn" and one not in grave], checks)
    lines += _level("notice", [one for one in own if one.status == "cannot tell" and one not in grave], checks)
    return "\n".join(lines) + "\n"


def _level(level: str, checks: Sequence[Check], every: Sequence[Check]) -> Iterator[str]:
    shown = EACH if len(checks) <= EACH else EACH - 1
    for one in checks[:shown]:
        fix = f". How to fix: {escape(wording.upper(one.fix), LINE)}" if one.fix else ""
        title = f"{wording.sign(one, every).word}: {escape(wording.upper(one.title), TITLE)}"
        same = wording.folded(wording.further(one, every))
        more = f". {same}" if same else ""
        yield _command(level, title, f"{escape(wording.upper(one.reason), LINE)}{fix}{more}")
    if checks[shown:]:
        yield _command(level, "shiftprobe audit", f"{len(checks) - shown} more stand in the summary of this step")


def _command(level: str, title: str, message: str) -> str:
    safe = _escaped(escape(title, TITLE + 40)).replace(":", "%3A").replace(",", "%2C")
    return f"::{level} title={safe}::{_escaped(escape(message, 2 * LINE))}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def step_summary(verdicts: Verdicts) -> str:
    """An audit as Markdown for `$GITHUB_STEP_SUMMARY`: the verdict, what to fix, every check; under 200 kB.

    Args:
        verdicts: what an audit found.

    Returns:
        Markdown in which foreign text is text: no markup, no link, no mention.
    """
    checks = verdicts.checks
    open_ = [one for one in wording.own_reason(checks) if one.status in OPEN]
    rest = [one for one in checks if one not in open_]
    blocks = [*verdict(verdicts), *_fixes(open_), *shared(checks), prose(f"{wording.tally(checks)}.")]
    if open_:
        blocks.append("\n".join(table(HEADS, rows(open_[:MAX_ROWS], among=checks))))
    if rest:
        inside = "\n".join(table(HEADS, rows(rest[:MAX_ROWS], among=checks)))
        blocks.append(f"<details><summary>{wording.counts(rest)}</summary>\n\n{inside}\n\n</details>")
    blocks += [prose(one) for one in wording.powers(checks)[:3]]
    blocks += reproduce(verdicts)
    return "\n\n".join(blocks) + "\n"


MAX_ROWS = 150  # rows of a table


def _fixes(checks: Sequence[Check]) -> Iterator[str]:
    said = []
    for one in checks[:30]:
        title, reason, fix = (wording.upper(text) for text in (one.title, one.reason, one.fix))
        said.append(f"- **{prose(title, TITLE)}.** {prose(reason, LINE)} {prose(fix, LINE)}".strip())
    if said:
        yield "\n".join(said)
