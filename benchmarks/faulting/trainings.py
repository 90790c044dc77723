"""SIGKILL of the worker during a fine-tuning: the next one goes on, and gives the weights of an undisturbed run."""

import random
import shutil
from datetime import datetime

from benchmarks.faulting.step import Batch, Task
from seep_testing.killing.soundness import faults
from seep_testing.killing.trainings import finetune, finetune_killed_after, make_trainable, weights

EPOCHS = 6
KILLED_BY = 0.8
"""Latest kill, as a share of the time of an undisturbed run: later, it may have ended."""


def kill_trainer(task: Task) -> Batch:
    """Run once undisturbed, then once for each kill, at a random moment."""
    batch, chance = Batch(), random.Random(task.batch)
    make_trainable(task.folder / "trainable", task.folder / "trained")
    calm = shutil.copytree(task.folder / "trainable", task.folder / "calm")
    end = finetune(calm, EPOCHS, kills=0)
    if end["state"] != "done":
        batch.add("failed", f"the undisturbed run ended as {end['state']}: {end['error']}")
        return batch
    began, ended = (datetime.fromisoformat(end[name]).timestamp() for name in ("started_at", "finished_at"))
    expected = weights(calm)
    for number in range(task.cases):
        root = shutil.copytree(task.folder / "trainable", task.folder / f"killed{number}")
        end = finetune_killed_after(root, EPOCHS, chance.uniform(0, KILLED_BY * (ended - began)))
        batch.cases += 1
        batch.counts["resumed"] += end["attempts"] > 1
        where = f"batch {task.batch}, kill {number}"
        if end["state"] != "done":
            batch.add("failed", f"{where}: the run ended as {end['state']}: {end['error']}")
        elif weights(root) != expected:
            batch.add("other weights", where)
        batch.add_unsound(faults(root), where)
        shutil.rmtree(root)
    return batch
