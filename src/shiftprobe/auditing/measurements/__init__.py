"""What checks and repairs measure besides verdicts: fractions, None without a value. Older files lack some defaults."""

from shiftprobe.auditing.measurements.classes import ClassAccuracy, ClassOrder, Confusion, GroupAccuracy, RenamedOutput
from shiftprobe.auditing.measurements.comparisons import BaselineComparison, ClassChange, TransferGain
from shiftprobe.auditing.measurements.dials import Dial, DoseParameter, MapsByShift, MapStability, Row
from shiftprobe.auditing.measurements.prediction_sets import PredictionSets, SetsDial, SetsOn, SizeCoverage
from shiftprobe.auditing.measurements.preprocessing import OtherPreprocessing, PreprocessingTrials
from shiftprobe.auditing.measurements.rejection import Bin, ErrorDial, ErrorLeft, RejectionCurve
from shiftprobe.auditing.measurements.repairs import (
    RANKED,
    PathPoint,
    Repair,
    RepairVerdict,
    StreamOrders,
    WeightLine,
    WrittenRepair,
)
from shiftprobe.auditing.measurements.slices import (
    FailingSlice,
    Shortcut,
    SliceBin,
    SliceClass,
    SliceExample,
    SliceSearch,
    SliceTrait,
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
    "DoseParameter",
    "DriftHarm",
    "ErrorDial",
    "ErrorLeft",
    "FailingSlice",
    "GroupAccuracy",
    "MapStability",
    "MapsByShift",
    "OtherPreprocessing",
    "PathPoint",
    "PredictionSets",
    "PreprocessingTrials",
    "RejectionCurve",
    "RenamedOutput",
    "Repair",
    "RepairVerdict",
    "Row",
    "SetsDial",
    "SetsOn",
    "Shortcut",
    "SizeCoverage",
    "SliceBin",
    "SliceClass",
    "SliceExample",
    "SliceSearch",
    "SliceTrait",
    "StreamOrders",
    "TargetAccuracy",
    "TransferGain",
    "WeightLine",
    "WrittenRepair",
]
