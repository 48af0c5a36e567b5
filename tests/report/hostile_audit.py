"""An audit whose every text from outside wants to be more than text."""

from tests.report.fake_audit import verdicts
from tests.report.fake_checks import Plain, bins, dial

HOSTILE = (
    "<script>alert(1)</script>",
    "\"quoted\" & 'single'",
    "\u202egnp.exe",
    "N" * 300,
    "\U0001f600\U0001f468\u200d\U0001f469",
    "two\nlines\r\x00\x1b[31m",
    "]]>",
    "%0A::error::gone",
    "A | b `c` *d*",
    "![p](http://bad.example)",
    "-->",
    "=cmd()",
)


def hostile() -> Plain:
    """Every text that can come from outside is one that wants to be more than text."""
    whole = verdicts(tuple(HOSTILE[:10]), name=HOSTILE[0])
    for i, one in enumerate(whole["checks"]):
        bad = HOSTILE[i % len(HOSTILE)]
        one.update(title=bad, reason=f"{bad} n = 800", fix=bad, name=f"{one['name']}:{i}:{bad}")
    whole["sentence"] = "FAIL: " + " ".join(HOSTILE[:3] + HOSTILE[4:])
    whole["command"] = " ".join(HOSTILE)
    whole["checkpoint"].update(path=HOSTILE[5], arch=HOSTILE[8], notes=list(HOSTILE), arch_from=HOSTILE[7])
    whole["notes"] = [{"about": one, "text": one} for one in HOSTILE]
    whole["images"]["skipped"] = [{"path": one, "reason": one} for one in HOSTILE]
    whole["data"]["name"] = whole["policy_from"] = HOSTILE[9]
    whole["target"]["name"] = HOSTILE[6]
    found = whole["shown"]
    found["dials"] = {one: dial(i % 3) for i, one in enumerate(HOSTILE)}
    for i, part in enumerate((*found["groups"], *found["repairs"], *found["estimates"]["methods"], *found["worst"])):
        part.update(
            {
                key: HOSTILE[i % len(HOSTILE)]
                for key in ("name", "title", "reason", "what", "on", "label", "answer")
                if key in part
            }
        )
    found["regression"]["baseline"] = HOSTILE[0]
    found["samples"] = {}
    found["reliability"][HOSTILE[0]] = bins(0.1)
    whole["environment"]["versions"] = {HOSTILE[0]: HOSTILE[1]}
    return whole
