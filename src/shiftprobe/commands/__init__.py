"""What each command does, in the order a person meets it: the estimate, the bar, the finding, the path."""

from shiftprobe.commands.listing import listing
from shiftprobe.commands.looking import Wanted, locate_target, preview_sheet
from shiftprobe.commands.others import draw_figures, fetch, judge, rebuild, side_by_side, write_spec
from shiftprobe.commands.runs import Options, run_compare, run_probe, run_sweep

__all__ = [
    "Options",
    "Wanted",
    "draw_figures",
    "fetch",
    "judge",
    "listing",
    "locate_target",
    "preview_sheet",
    "rebuild",
    "run_compare",
    "run_probe",
    "run_sweep",
    "side_by_side",
    "write_spec",
]
