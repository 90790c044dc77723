"""A backup while four people save, restored elsewhere; then one kind of damage after the other."""

import shutil
import threading
import time
from contextlib import closing
from pathlib import Path

from benchmarks.faulting.kills import SAVERS, Saver
from benchmarks.faulting.step import Batch, Task
from benchmarks.faulting.zygote import Zygote
from benchmarks.loads.people import Caller
from seep.settings import Settings, read_settings
from seep.workflow.maintenance.backup import read_note
from seep.workflow.maintenance.checks import check_workspace
from seep_testing.damages import DAMAGE, first_image
from seep_testing.killing.processes import run, write_images
from seep_testing.killing.soundness import Kept, faults

BEFORE_S, AFTER_S = 3.0, 3.0
"""How long people save before the backup, and after it."""


def restore_and_damage(task: Task) -> Batch:
    """Back up, restore elsewhere, check, damage; the original is deleted before the restored one is used."""
    batch, root = Batch(), task.folder / "workspace"
    images, masks = _tiles(task)
    run(root, "seep", "import", str(images), "--masks", str(masks))
    savers, took_s = _back_up_while_saving(task.folder, root)
    early = [one for saver in savers for one in saver.before_backup]
    batch.counts.update(
        tiles=len(list(images.iterdir())),
        saves=sum(len(saver.kept) for saver in savers),
        saves_before_backup=len(early),
        backup_ms=round(1000 * took_s),
    )
    for saver in savers:
        for sentence in saver.refused:
            batch.add("refused", sentence)
    note = read_note(task.folder / "copy")
    if note.missing:
        batch.add("incomplete", f"{len(note.missing)} files are missing in the backup")
    shutil.move(task.folder / "copy", task.folder / "elsewhere")
    shutil.rmtree(root)
    restored = task.folder / "restored"
    run(root, "seep", "restore", str(task.folder / "elsewhere"), "--out", str(restored))
    shutil.rmtree(task.folder / "elsewhere")
    for one in check_workspace(_settings(restored)):
        if one.check != "unused files":  # files of saves whose rows came after the backup's moment
            batch.add("doctor", f"restored: {one.level}: {one.check}: {one.message}")
    batch.add_unsound(faults(restored, early), "restored")
    for kind in DAMAGE:
        _damage(batch, task.folder, restored, kind)
    return batch


class _EarlySaver(Saver):
    """A saver who remembers what was acknowledged before the backup began."""

    before_backup: list[Kept]


def _tiles(task: Task) -> tuple[Path, Path]:
    """Copy the given tiles, or make some; one of the images will be damaged."""
    if task.images is None or task.masks is None:
        return write_images(task.folder / "tiles")
    return (
        Path(shutil.copytree(task.images, task.folder / "tiles" / "images")),
        Path(shutil.copytree(task.masks, task.folder / "tiles" / "masks")),
    )


def _back_up_while_saving(folder: Path, root: Path) -> tuple[list[_EarlySaver], float]:
    with Zygote(root, folder / "app.log") as app:
        app.start()
        with closing(Caller(app.port, "reader")) as caller:
            tiles = [int(one["id"]) for one in caller.json("/queue?limit=1000&order=name")]
        savers = [_EarlySaver(number, tiles[number::SAVERS]) for number in range(SAVERS)]
        threads = [threading.Thread(target=one.work, args=(app.port, 0)) for one in savers]
        for thread in threads:
            thread.start()
        time.sleep(BEFORE_S)
        for one in savers:
            one.before_backup = list(one.kept)
        began = time.monotonic()
        run(root, "seep", "backup", str(folder / "copy"))
        took_s = time.monotonic() - began
        time.sleep(AFTER_S)
        app.kill()
        for thread in threads:
            thread.join()
    return savers, took_s


def _damage(batch: Batch, folder: Path, restored: Path, kind: str) -> None:
    """Damage a copy; the doctor must name it, and must not fail."""
    damage, expected = DAMAGE[kind]
    copy = Path(shutil.copytree(restored, folder / "damaged"))
    copy.chmod(0o700)
    image = first_image(copy)
    intact = image.read_bytes()
    batch.cases += 1
    try:
        damage(copy)
        named = {(one.check, one.level) for one in check_workspace(_settings(copy))}
        if expected not in named:
            batch.add("not named", f"{kind}: found {sorted(named)}")
    except Exception as error:
        batch.add("crashed", f"{kind}: {type(error).__name__}: {error}")
    image.write_bytes(intact)
    shutil.rmtree(copy, ignore_errors=True)


def _settings(root: Path) -> Settings:
    return read_settings({"SEEP_WORKSPACE": str(root), "SEEP_USER": "ana"})
