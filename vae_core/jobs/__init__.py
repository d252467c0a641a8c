"""Jobs on runs, each in a process of its own. Importing this loads neither torch nor numpy."""

from vae_core.jobs.process import at_work, end_with, exiting, start, stop
from vae_core.jobs.queue import wait
from vae_core.jobs.state import (
    ABSENT,
    CRASHED,
    ENDED_WELL,
    FAILED,
    PRODUCTS,
    RUNNING,
    STOPPED,
    WAITING,
    State,
    state,
)

__all__ = [
    "ABSENT",
    "CRASHED",
    "ENDED_WELL",
    "FAILED",
    "PRODUCTS",
    "RUNNING",
    "STOPPED",
    "WAITING",
    "State",
    "at_work",
    "end_with",
    "exiting",
    "start",
    "state",
    "stop",
    "wait",
]
