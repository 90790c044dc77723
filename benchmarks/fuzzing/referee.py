"""A process for the independent readers, because a hostile file may crash them."""

import warnings
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.fuzzing.reference import contradicts, has_class_ids, read_reference

LIMIT_S = 60


class Referee:
    """Compares masks with those of independent readers while a `with` lasts."""

    def __enter__(self) -> "Referee":
        self._pool: ProcessPoolExecutor | None = None
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def judge(
        self, kind: str, path: Path, member: str, mask: np.ndarray[Any, Any], unsure: bool
    ) -> tuple[str, str]:
        """Return a verdict and its reason.

        The verdict is "confirmed", "contradicted", or "unread" if the independent reader cannot read the file.
        """
        try:
            reference, outlined = self._ask(read_reference, kind, str(path), member, len(mask), unsure)
        except (BrokenProcessPool, TimeoutError) as error:
            return "unread", type(error).__name__
        except Exception as error:  # the file means nothing to it
            return "unread", f"{type(error).__name__}: {str(error)[:100]}"
        return ("contradicted" if contradicts(mask, reference, outlined) else "confirmed"), ""

    def has_class_ids(self, kind: str, path: Path, class_count: int) -> bool:
        """Return whether a mask image has ids of classes, apart from 0 and 255; False if it cannot be read."""
        try:
            return bool(self._ask(has_class_ids, kind, str(path), class_count))
        except Exception:
            return False

    def _ask(self, function: Callable[..., Any], *arguments: object) -> Any:
        """Call a function in the process of the readers; end that process if it breaks or hangs."""
        if self._pool is None:
            self._pool = ProcessPoolExecutor(
                1, mp_context=get_context("spawn"), initializer=warnings.simplefilter, initargs=("ignore",)
            )
        try:
            return self._pool.submit(function, *arguments).result(LIMIT_S)
        except (BrokenProcessPool, TimeoutError):
            self._end()
            raise

    def _end(self) -> None:
        if self._pool is not None:
            for process in list((self._pool._processes or {}).values()):
                process.kill()
            self._pool.shutdown(wait=False, cancel_futures=True)
        self._pool = None
