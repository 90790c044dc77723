"""Processes that save masks as fast as they can, until they are killed."""

import hashlib
import json
import sys
import time
from pathlib import Path

import numpy as np

from seep_testing.killing.processes import start
from seep_testing.killing.soundness import Kept


def save_forever(author: str, seed: int) -> None:
    """Save random masks until killed; prints a line for each acknowledged save."""
    from seep.core.records import TileFilter
    from seep.errors import ConflictError
    from seep.workflow.actor import Actor
    from seep.workflow.review.drafts import save_draft
    from seep.workflow.review.queue import queue
    from seep.workflow.review.revisions import get_tile, save_mask
    from seep.workflow.workspace import open_workspace

    random_ = np.random.default_rng(seed)
    workspace, actor = open_workspace(), Actor(author, "admin")
    tiles = [item.id for item in queue(workspace, TileFilter(), "name", 10_000)]
    while True:
        tile = get_tile(workspace, int(random_.choice(tiles)))
        mask = random_.integers(0, 8, (tile.height, tile.width)).astype(np.uint8)
        kind = str(random_.choice(["save", "accept"]))
        try:
            save_draft(workspace, tile.id, mask, actor, tile.head_revision_id)
            request = f"{author}-{random_.integers(1 << 60)}"
            answer = save_mask(
                workspace,
                tile.id,
                mask,
                kind,
                actor=actor,
                base_revision_id=tile.head_revision_id,
                request_id=request,
            )
        except ConflictError:  # the other process was quicker on this tile
            continue
        digest = hashlib.sha256(mask.tobytes()).hexdigest()
        print(json.dumps({"revision": answer["revision"]["id"], "sha256": digest}), flush=True)


def kill_saves(root: Path, delay_s: float, seed: int, processes: int = 2) -> list[Kept]:
    """Let processes save, SIGKILL them `delay_s` after the first answer; returns what was promised."""
    savers = [
        start(root, "seep_testing.killing.saves", f"person{number}", str(seed + number))
        for number in range(processes)
    ]
    first = [saver.stdout.readline() for saver in savers if saver.stdout]
    time.sleep(delay_s)
    for saver in savers:
        saver.kill()
    rest = [saver.communicate()[0] for saver in savers]
    # A line that the kill cut short was never acknowledged.
    lines = [line for text in first + rest for line in text.splitlines(keepends=True) if line.endswith("\n")]
    if len(lines) < processes:
        raise RuntimeError("the processes ended before they saved anything")
    return [Kept(**json.loads(line)) for line in lines]


if __name__ == "__main__":
    save_forever(sys.argv[1], int(sys.argv[2]))
