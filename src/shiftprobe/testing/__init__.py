"""Contracts that anyone can run on a shift, a probe, a check or a repair of their own; needs no test runner.

check_shift(MyShift())
check_probe(MyProbe(), toy_evidence())
check_check(MY_QUESTION)
check_repair(MY_REPAIR)
"""

from shiftprobe.testing.broken import ContractError
from shiftprobe.testing.check import check_check, check_repair
from shiftprobe.testing.evidence import ToyEvidence, toy_evidence, toy_run
from shiftprobe.testing.probe import check_probe
from shiftprobe.testing.shift import check_shift

__all__ = [
    "ContractError",
    "ToyEvidence",
    "check_check",
    "check_probe",
    "check_repair",
    "check_shift",
    "toy_evidence",
    "toy_run",
]
