"""Contracts that anyone can run on a part of one's own; needs no test runner.

check_shift(MyShift())
check_probe(MyProbe(), toy_evidence())
check_arm(MY_ARM)
check_origin(MY_ORIGIN, "mine:stripes")
check_executor(MY_EXECUTOR.start)
check_check(MY_QUESTION)
check_repair(MY_REPAIR)
"""

from shiftprobe.testing.arm import check_arm
from shiftprobe.testing.broken import ContractError
from shiftprobe.testing.check import check_check, check_repair
from shiftprobe.testing.evidence import ToyEvidence, toy_evidence, toy_run
from shiftprobe.testing.executor import check_executor
from shiftprobe.testing.origin import check_origin
from shiftprobe.testing.probe import check_probe
from shiftprobe.testing.shift import check_shift

__all__ = [
    "ContractError",
    "ToyEvidence",
    "check_arm",
    "check_check",
    "check_executor",
    "check_origin",
    "check_probe",
    "check_repair",
    "check_shift",
    "toy_evidence",
    "toy_run",
]
