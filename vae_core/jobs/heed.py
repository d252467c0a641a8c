"""What a training is told while it runs: to stop, to pause, slow motion, another β or learning rate."""

import os
import time
from collections.abc import Callable
from typing import Any

from vae_core import runs
from vae_core.jobs.keep import Doing, Keeper
from vae_core.runs import history
from vae_core.runs.history import Wish
from vae_core.training.control import Control

PAUSE = 0.05  # seconds between two looks at what is wished


class Listener:
    """Answers a training at every yield; while it is wished to pause, the answer waits.

    Parameters
    ----------
    keeper : Keeper
        Keeps a training that pauses, and says that it does.
    stopped : callable
        Whether the process was asked to end.
    """

    def __init__(self, keeper: Keeper, stopped: Callable[[], bool]) -> None:
        self.keeper, self.stopped = keeper, stopped
        self.run, self.training = keeper.run, keeper.training
        self._stamp: tuple[int, int] | None = None
        self._wish, self._paused, self._stepped = Wish(), False, 0.0

    def listen(self) -> Control:
        """What the training does next."""
        asked: dict[str, Any] = {}
        while True:
            wished = self._heard()
            asked |= self._changes(wished, asked)
            if self.stopped() or not self._waits(wished):
                break
            self._rest(wished, asked)
        if self.stopped():
            self.keeper.save()  # before the report that a stop brings, which an uninterrupted training does not make
            self.keeper.tell(Doing(stopping=True))
            return Control(stop=True)
        if self._paused:
            self._paused = False
            self.keeper.tell(Doing(slow=wished.slow, **asked))
        self._stepped = time.perf_counter()
        return Control(until=self._until(wished), beta=asked.get("beta"), learning_rate=asked.get("learning_rate"))

    def _heard(self) -> Wish:
        """What is wished, read anew when its file has changed."""
        try:
            stat = os.stat(runs.control_file(self.run))
        except OSError:
            return self._wish
        if self._stamp != (stat.st_ino, stat.st_mtime_ns):
            self._stamp, self._wish = (stat.st_ino, stat.st_mtime_ns), history.wish(self.run)
        return self._wish

    def _changes(self, wished: Wish, asked: dict[str, Any]) -> dict[str, Any]:
        """What is wished and not in force yet, each marked in the run."""
        changed = {}
        for name in ("beta", "learning_rate"):
            value = getattr(wished, name)
            if value is not None and value != asked.get(name, getattr(self.training.config, name)):
                history.mark(self.run, name, step=self.training.step, value=value)
                changed[name] = value
        if changed:
            self.keeper.tell(Doing(paused=self._paused, slow=wished.slow, **asked | changed))
        return changed

    def _waits(self, wished: Wish) -> bool:
        if self._pauses(wished):
            return True
        # At a yield between two steps, slow motion waits for the time of the next one.
        return bool(wished.slow) and time.perf_counter() < self._stepped + 1 / wished.slow

    def _pauses(self, wished: Wish) -> bool:
        return wished.pause_at is not None and self.training.step >= wished.pause_at

    def _rest(self, wished: Wish, asked: dict[str, Any]) -> None:
        paused = self._pauses(wished)
        doing = Doing(paused=paused, slow=wished.slow, **asked)
        if paused and not self._paused:
            self.keeper.save()
            self.keeper.tell(doing)
        self._paused = paused
        time.sleep(PAUSE)
        self.keeper.remind(doing)

    def _until(self, wished: Wish) -> int | None:
        if wished.slow:
            return self.training.step + 1
        return wished.pause_at
