"""Mutated images, annotations and checkpoints."""

import json
import struct
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from benchmarks.faulting.step import Batch, Task
from benchmarks.fuzz import FAULTS, import_cases
from benchmarks.fuzzing.cases import ANNOTATIONS, CLASS_LISTS, case

FIRST = 1_000_000
"""Number of the first case, beyond those of `benchmarks.fuzz`."""
NUMBERS = 500


def mutate_images(task: Task) -> Batch:
    """Import mutated images, masks and archives; the cases of `benchmarks.fuzz`."""
    return _import(task, lambda kind: kind not in {*ANNOTATIONS, *CLASS_LISTS})


def mutate_annotations(task: Task) -> Batch:
    """Import mutated annotation files and class lists; the cases of `benchmarks.fuzz`."""
    return _import(task, lambda kind: kind in {*ANNOTATIONS, *CLASS_LISTS})


def _import(task: Task, wanted: Callable[[str], bool]) -> Batch:
    start = FIRST + task.batch * NUMBERS
    numbered = (case(number) for number in range(start, start + NUMBERS))
    cases = [one for one in numbered if wanted(one.kind)][: task.cases]
    result = import_cases(cases, start + NUMBERS)
    batch = Batch(len(cases), counts=result.counts)
    for kind in FAULTS:
        if result.counts[kind]:
            batch.faults[kind] = result.counts[kind]
    batch.notes = [f"case {number} ({kind}): {reason}" for number, kind, reason in result.kept]
    return batch


def mutate_checkpoints(task: Task) -> Batch:
    """Import mutated checkpoints: each is refused with a sentence, or predicts finite values."""
    import torch

    from seep.engine.checkpoint import new_checkpoint, save_checkpoint
    from seep.engine.unet import UNetConfig
    from seep.errors import SeepError
    from seep.settings import read_settings
    from seep.workflow import workspace as workspaces
    from seep.workflow.actor import Actor
    from seep.workflow.inference.runner import load
    from seep.workflow.models.registry import list_models
    from seep.workflow.models.transfer import import_checkpoint

    torch.set_num_threads(1)
    batch, random_ = Batch(), np.random.default_rng([task.batch, 2026])
    intact = task.folder / "intact.safetensors"
    save_checkpoint(intact, new_checkpoint(UNetConfig(levels=2, width=4), seed=0, name="small"))
    workspace = workspaces.open_workspace(
        read_settings({"SEEP_WORKSPACE": str(task.folder / "workspace"), "SEEP_USER": "ana"})
    )
    data, path = intact.read_bytes(), task.folder / "mutated.safetensors"
    for mutated in _mutations(data, task.cases, random_):
        path.write_bytes(mutated)
        batch.cases += 1
        try:
            number = import_checkpoint(workspace, path, Actor("ana", "admin"))
            model = load(workspace, number).model
            with torch.inference_mode():
                result = model(torch.ones(1, model.config.bands + 1, 32, 32))
            finite = all(bool(torch.isfinite(one).all()) for one in _tensors(result))
            batch.counts["imported"] += 1
            if not finite:
                batch.add("not finite", f"batch {task.batch}, case {batch.cases}")
        except SeepError as error:
            batch.counts["refused"] += 1
            if not str(error).strip().endswith((".", ")")):
                batch.add("untyped", f"batch {task.batch}, case {batch.cases}: {error}")
        except Exception as error:
            batch.add("untyped", f"batch {task.batch}, case {batch.cases}: {type(error).__name__}: {error}")
    list_models(workspace)
    workspace.store.close()
    return batch


def _tensors(value: Any) -> Iterator[Any]:
    if isinstance(value, tuple | list):
        for one in value:
            yield from _tensors(one)
    else:
        yield value


def _mutations(data: bytes, count: int, random_: np.random.Generator) -> Iterator[bytes]:
    """Yield changed copies of a safetensors file: bytes, lengths, entries of the header, values of the card."""
    (length,) = struct.unpack_from("<Q", data)
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    for _ in range(count):
        kind = random_.integers(5)
        changed = bytearray(data)
        if kind == 0:  # bytes anywhere, most of them in the header
            for at in random_.integers(
                0, len(data) if random_.random() < 0.3 else 8 + length, 1 + random_.integers(8)
            ):
                changed[at] = random_.integers(256)
        elif kind == 1:
            del changed[random_.integers(len(data)) :]
        elif kind == 2:
            lengths = (0, 1, length - 1, length + 1, 1 << 40, (1 << 64) - 1)
            changed[:8] = struct.pack("<Q", lengths[random_.integers(len(lengths))])
        else:
            new = json.loads(json.dumps(header))
            if kind == 3:
                _mutate_card(new, random_)
            else:
                _mutate_value(new, random_)
            text = json.dumps(new).encode()
            changed = bytearray(struct.pack("<Q", len(text)) + text + body)
        yield bytes(changed)


_ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1 << 70, 1e308, float("nan"), float("inf"), "", "x" * 100_000, "\ud800", "\0"),
    *([], {}, [1, 2], {"a": None}, "F64", [1 << 40], [-1, 5], [[]]),
)


def _mutate_card(header: dict[str, Any], random_: np.random.Generator) -> None:
    card = json.loads(header["__metadata__"]["card"])
    _mutate_value(card, random_)
    header["__metadata__"]["card"] = json.dumps(card)


def _mutate_value(values: Any, random_: np.random.Generator) -> None:
    """Replace, remove or add one value somewhere below."""
    while True:
        keys = list(values) if isinstance(values, dict) else list(range(len(values)))
        if not keys:
            return
        key = keys[random_.integers(len(keys))]
        if isinstance(values[key], dict | list) and values[key] and random_.random() < 0.7:
            values = values[key]
            continue
        choice = random_.integers(6)
        if choice == 0:
            del values[key]
        elif choice == 1 and isinstance(values, dict):
            values[str(_ODD[random_.integers(len(_ODD))])[:50]] = values[key]
        else:
            values[key] = _ODD[random_.integers(len(_ODD))]
        return
