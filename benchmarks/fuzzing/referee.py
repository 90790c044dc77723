"""A process for the independent readers, because a hostile file may crash them."""

import warnings
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.fuzzing.reference import contradicts, read_reference

LIMIT_S = 60


class Referee:
    """Compares masks with those of independent readers while a `with` lasts."""

    def __enter__(self) -> "Referee":
        self._pool: ProcessPoolExecutor | None = None
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def judge(self, kind: str, path: Path, member: str, mask: np.ndarray[Any, Any]) -> tuple[str, str]:
        """Return a verdict and its reason.

        The verdict is "confirmed", "contradicted", or "unread" if the independent reader cannot read the file.
        """
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                1, mp_context=get_context("spawn"), initializer=warnings.simplefilter, initargs=("ignore",)
            )
        try:
            reference, outlined = self._pool.submit(
                read_reference, kind, str(path), member, len(mask)
            ).result(LIMIT_S)
        except (BrokenProcessPool, TimeoutError) as error:
            self._end()
            return "unread", type(error).__name__
        except Exception as error:  # the file means nothing to it
            return "unread", f"{type(error).__name__}: {str(error)[:100]}"
        return ("contradicted" if contradicts(mask, reference, outlined) else "confirmed"), ""

    def _end(self) -> None:
        if self._pool is not None:
            for process in list((self._pool._processes or {}).values()):
                process.kill()
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = None
