"""Two processes, started as `torchrun` starts them, train what one does with batches twice as large."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from seep.engine.distributed import DistributedContext, distributed_context, is_main_process
from seep.engine.training.train import train
from tests.engine import training_twice
from tests.engine.training_twice import CONFIG, NETWORK, tiles

ROOT = Path(__file__).parents[2]


@pytest.mark.flaky(
    reruns=1
)  # once in about 35 runs, the processes did not come together; the reason is not known yet
def test_two_processes_learn_what_one_learns_with_batches_twice_as_large(tmp_path):
    code = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [*code, training_twice.__file__, str(tmp_path)],
        check=False,
        capture_output=True,
        text=True,
        env=environment,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    told = [json.loads((tmp_path / f"{rank}.json").read_text()) for rank in range(2)]
    losses: list[float] = []
    alone = train(
        NETWORK,
        tiles(),
        tiles()[:1],
        replace(CONFIG, batch_size=2 * CONFIG.batch_size),
        state_path=None,
        on_event=lambda event: losses.append(event["train_loss"]) if event["kind"] == "epoch" else None,
        should_stop=lambda: False,
        device="cpu",
    ).checkpoint
    assert told[0]["losses"] == pytest.approx(losses, rel=1e-4)
    assert told[1]["losses"] == []  # only the first one tells
    assert (
        told[0]["weights"]
        == told[1]["weights"]
        == pytest.approx(
            [float(tensor.double().sum()) for tensor in alone.model.state_dict().values()], rel=1e-3, abs=1e-4
        )
    )
    assert told[0]["card"] == told[1]["card"]
    assert told[0]["stopped"] is told[1]["stopped"] is False


def test_a_process_by_itself_shares_nothing():
    context = distributed_context(torch.device("cpu"))
    assert context == DistributedContext(torch.device("cpu"), 0, 1)
    assert context.is_main
    assert is_main_process()
    assert context.broadcast_flag(True) is True
    module = torch.nn.Linear(1, 1)
    assert context.wrap(module) is module
