"""Sweeps over β on a page: which models are shown together."""

from ui import cache
from vae_core import runs
from vae_core.runs import Run

FEWEST = 3
SHIPPED = "beta-1"


def members(run: Run) -> list[Run]:
    """The models of a run's sweep that can be shown, one for each β and the run itself first, by β."""
    chosen: dict[float, Run] = {}
    for other in [run, *runs.sweep_of(run, among=cache.listed())]:
        # One with a damaged card keeps its place, where it says so.
        if other.has(runs.WEIGHTS) and other.has(runs.LATENTS) and (other.path / runs.CARD).is_file():
            chosen.setdefault(other.train.beta, other)
    return [chosen[beta] for beta in sorted(chosen)]


def shipped() -> list[Run]:
    """The models of the sweep that comes with the lab; empty where it has been deleted or damaged."""
    known = next((run for run in cache.listed() if run.name == SHIPPED), None)
    return members(known) if known else []
