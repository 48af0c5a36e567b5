"""What checks and repairs measure besides verdicts: fractions, None without a value. Older files lack some defaults."""

from shiftprobe.auditing.measurements.classes import ClassAccuracy, ClassOrder, Confusion, GroupAccuracy, RenamedOutput
from shiftprobe.auditing.measurements.comparisons import BaselineComparison, ClassChange, TransferGain
from shiftprobe.auditing.measurements.dials import Dial, MapsByShift, MapStability, Row
from shiftprobe.auditing.measurements.preprocessing import OtherPreprocessing, PreprocessingTrials
from shiftprobe.auditing.measurements.rejection import Bin, RejectionCurve
from shiftprobe.auditing.measurements.repairs import (
    RANKED,
    PathPoint,
    Repair,
    RepairVerdict,
    StreamOrders,
    WeightLine,
    WrittenRepair,
)
from shiftprobe.auditing.measurements.target import DriftHarm, TargetAccuracy

__all__ = [
    "RANKED",
    "BaselineComparison",
    "Bin",
    "ClassAccuracy",
    "ClassChange",
    "ClassOrder",
    "Confusion",
    "Dial",
    "DriftHarm",
    "GroupAccuracy",
    "MapStability",
    "MapsByShift",
    "OtherPreprocessing",
    "PathPoint",
    "PreprocessingTrials",
    "RejectionCurve",
    "RenamedOutput",
    "Repair",
    "RepairVerdict",
    "Row",
    "StreamOrders",
    "TargetAccuracy",
    "TransferGain",
    "WeightLine",
    "WrittenRepair",
]
