"""SIGKILL of an import at a random moment: all of its tiles or none are there, and it can be done again."""

import random
import shutil
import time

from benchmarks.faulting.step import Batch, Task
from seep_testing.killing.imports import count_tiles, kill_import
from seep_testing.killing.processes import run, write_images
from seep_testing.killing.soundness import faults


def kill_imports(task: Task) -> Batch:
    """Import undisturbed, then once for each kill, each time into a new workspace."""
    batch, chance = Batch(), random.Random(task.batch)
    images, masks = write_images(task.folder / "tiles", scenes=4, columns=8)
    folders = (str(images), "--masks", str(masks))
    began = time.monotonic()
    run(task.folder / "whole", "seep", "import", *folders)
    whole_s, total = time.monotonic() - began, count_tiles(task.folder / "whole")
    for number in range(task.cases):
        root, where = task.folder / f"killed{number}", f"batch {task.batch}, kill {number}"
        there = kill_import(root, images, masks, chance.uniform(0.3, 1.0) * whole_s)
        batch.cases += 1
        if there not in (0, total):
            batch.add("half an import", f"{where}: {there} of {total} tiles")
        run(root, "seep", "import", *folders)
        if count_tiles(root) != total:
            batch.add("not repeated", f"{where}: {count_tiles(root)} of {total} tiles")
        batch.add_unsound(faults(root), where)
        shutil.rmtree(root)
    return batch
