"""How many processes do cells side by side: as many as there are cores to fill, and as a GPU's memory takes."""

from shiftprobe.core.errors import ShiftprobeError
from shiftprobe.engine.device import gpus_of
from shiftprobe.engine.executors.base import Demand, Engine, RunSite, suited
from shiftprobe.engine.executors.threads import cores, limited
from shiftprobe.engine.setup import Setup
from shiftprobe.engine.trying import tried
from shiftprobe.train.watching import BATCH

SPARE = 1.25  # of what one step and one look took: other parts of a cell may take more
FILLED = 0.9  # of what is free on a GPU, at most


def demand(setup: Setup, workers: int) -> Demand:
    """What decides which executor suits."""
    asked = setup.placement.executor
    return Demand(workers=workers, device=setup.device, in_memory=setup.module is not None, executor=asked)


def site(setup: Setup) -> RunSite:
    """The run, and where its cells are done."""
    named = gpus_of(setup.spec.train.device)
    return RunSite(placement=setup.placement, folder=setup.run.path, device=setup.device, gpus=named)


def workers_for(setup: Setup, cells: int, wanted: int | None) -> int:
    """How many processes work: those asked for, or as many as find a core, a cell and room on the GPU.

    Args:
        setup: the resolved spec.
        cells: how many there are to do.
        wanted: by the user; on a GPU what finds no room beside others is done again alone.

    Returns:
        At least 1; 1 where the work cannot be spread.
    """
    asked = suited(demand(setup, cells)) if setup.placement.executor is not None else None
    most = min(wanted or _slots(setup, asked), cells)
    if most <= 1 or suited(demand(setup, most)).name == "inline":
        return 1
    if setup.device != "cuda" or wanted is not None or asked is not None:
        return most
    return min(most, site(setup).gpus * on_gpu(setup))


def _slots(setup: Setup, engine: Engine | None) -> int:
    """How many cells there is a core for, where the work is done."""
    threads = setup.spec.train.threads
    return max(1, cores() // threads) if engine is None or engine.slots is None else engine.slots(site(setup), threads)


def on_gpu(setup: Setup) -> int:
    """How many processes find room on the GPU together, each with its training images; at least 1.

    One training step and one look with every tap are done, and the memory that they took is read off.
    """
    import torch

    from shiftprobe.models.sharing import CONTEXT

    try:
        with limited(setup.spec.train.threads):
            each = CONTEXT + 2 * _set_bytes(setup) + int(SPARE * _peak(setup))
    except ShiftprobeError:  # not even one finds room; the cell that needs it will say so
        return 1
    free: int = torch.cuda.mem_get_info()[0]
    return max(1, int(FILLED * free) // each)


def _set_bytes(setup: Setup) -> int:
    """Images that train in the largest cell; they lie on the device where they fill at most half of a share."""
    return max(setup.spec.target.budgets) * setup.preprocess.size**2 * setup.preprocess.channels


def _peak(setup: Setup) -> int:
    import torch

    budget = max(setup.spec.target.budgets)
    trained = [arm for arm, scope in setup.arms.items() if scope == "arms"]
    batch = min(budget, max((setup.recipe(arm, budget).batch for arm in trained), default=BATCH))
    work = tried(setup, max(batch, BATCH), batch)
    torch.cuda.reset_peak_memory_stats()
    work.training()
    work.looking()
    peak: int = torch.cuda.max_memory_reserved()
    torch.cuda.empty_cache()
    return peak
