"""How long the queries of the pages take in a workspace of many tiles, and how long a promotion holds writers.

    python -m benchmarks.scale browse --tiles 1000000 --folder /tmp/scale
    python -m benchmarks.scale browse --tiles 1000000 --folder /tmp/scale --database postgresql+psycopg://...

The rows are made in the database: 500 tiles per scene, two versions that have predicted every tile, a tenth of the
tiles reviewed. A folder that holds such a workspace is used again. Each line is the median of five calls; the wait
of a writer is the longest one while the other version is promoted.

    python -m benchmarks.scale predict --nodes 1 2 --kill-node
    python -m benchmarks.scale train --ranks 2 --kill-rank
    python -m benchmarks.scale cost --price-per-hour 1.20 --tiles-per-second 250

See benchmarks/scale_cluster.py for these.

Prints a table, and JSON in the last line.
"""

import argparse
import json
import statistics
import threading
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy import Index, create_engine, text

from benchmarks.scale_cluster import add_cost, add_predict, add_train
from seep.core.records import OPEN, TileFilter
from seep.errors import StorageError
from seep.settings import read_settings
from seep.store import checkpoints, key_value, predictions, tile_queries
from seep.store import statistics as counts
from seep.store.schema import Base
from seep.workflow.actor import Actor
from seep.workflow.inference.tiles import read_tiles, split_rasters
from seep.workflow.models.promotion import show_active
from seep.workflow.overview import overview
from seep.workflow.review.queue import queue, review_queue
from seep.workflow.workspace import Workspace, open_workspace

TILES_PER_SCENE = 500
REPEATS = 5
TO_DO = 100_000
ADA = Actor("ada", "admin")

_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < :count) "
_STATISTICS = json.dumps({"low": [10.0], "high": [900.0], "mean": [400.0], "std": [120.0]})
_TIME = "2026-11-22T12:00:00.000+00:00"


def random(seed: int, of: str = "i") -> str:
    """SQL for a number from 0 to 1 that depends on an id."""
    return f"((({of} + {seed}) * 2654435761) % 4294967296) / 4294967296.0"


SCENES = (
    "INSERT INTO scene (id, name, split, statistics, bands, dtype, tile_count) " + _NUMBERS + "SELECT i, "
    "'scene ' || i, CASE WHEN i % 10 = 0 THEN 'test' WHEN i % 10 = 1 THEN 'validation' ELSE 'train' END, "
    f"'{_STATISTICS}', 1, 'uint16', {TILES_PER_SCENE} FROM n"
)
TILES = (
    "INSERT INTO tile (id, scene_id, name, number, path, x, y, width, height, bands, dtype, sha256, state, "
    "prediction_id, seep_area_px, updated_at, likely_wrong, useful, confident, in_sample) "
    + _NUMBERS
    + "SELECT i, "
    f"(i - 1) / {TILES_PER_SCENE} + 1, 'scene ' || ((i - 1) / {TILES_PER_SCENE} + 1) || '.' || (1000000 + i), i, "
    "'images/' || i || '.tif', 0, 0, 256, 256, 1, 'uint16', "
    "'00000000000000000000000000000000000000000000000000000000' || (10000000 + i), "
    "CASE WHEN i % 10 = 0 THEN 'accepted' ELSE 'unreviewed' END, i, (i * 7919) % 5000, "
    f"'{_TIME}', {random(1)}, {random(2)}, {random(3)}, i % 10 = 3 FROM n"
)
PREDICTIONS = (
    "INSERT INTO prediction (id, tile_id, checkpoint_id, mask_sha256, seep_area_px, likely_wrong, useful, confident, "
    "created_at) "
    + _NUMBERS
    + "SELECT i + :offset, i, :checkpoint, '11' || (10000000 + i), (i * 7919) % 5000, "
    f"{random(4)}, {random(5)}, {random(6)}, '{_TIME}' FROM n"
)
CLASSES = (
    "INSERT INTO {table} ({key}, class_id, area_px) "
    + _NUMBERS
    + ("SELECT i + :offset, 1 + i % 3, 1 + (i * 7919) % 5000 FROM n")
)


def build(workspace: Workspace, tiles: int) -> None:
    """Fill an empty workspace; the indexes are made afterward, which is quicker."""
    with workspace.store.transaction() as session:
        first = checkpoints.list_checkpoints(session)[0]
        second = checkpoints.add_checkpoint(
            session,
            name="other version",
            parent_id=first.id,
            run_id=None,
            weights_sha256=first.weights_sha256,
            card=first.card,
            author="ada",
        )
        tables = [
            Base.metadata.tables[one] for one in ("tile", "tile_class", "prediction", "prediction_class")
        ]
        indexes = [one for table in tables for one in table.indexes if isinstance(one, Index)]
        connection = session.connection()
        for one in indexes:
            one.drop(connection)
        session.execute(text(SCENES), {"count": -(-tiles // TILES_PER_SCENE)})
        session.execute(text(TILES), {"count": tiles})
        for offset, checkpoint in ((0, first.id), (tiles, second.id)):
            asked = {"count": tiles, "offset": offset, "checkpoint": checkpoint}
            session.execute(text(PREDICTIONS), asked)
            del asked["checkpoint"]
            session.execute(text(CLASSES.format(table="prediction_class", key="prediction_id")), asked)
        filled = {"count": tiles, "offset": 0}
        session.execute(text(CLASSES.format(table="tile_class", key="tile_id")), filled)
        for one in indexes:
            one.create(connection)
        key_value.set_value(session, "made for benchmarks.scale", tiles)
        session.execute(text("ANALYZE"))
        if connection.dialect.name == "postgresql":
            for table in Base.metadata.sorted_tables:
                if "id" in table.c and table.c.id.autoincrement is not False:
                    session.execute(
                        text(f"SELECT setval(pg_get_serial_sequence('{table.name}', 'id'), "
                             f"(SELECT coalesce(max(id), 1) FROM {table.name}))")
                    )  # fmt: skip


def vacuum(database: str) -> None:
    """Do what autovacuum does after such an import: without it, PostgreSQL reads each row for what an index has."""
    engine = create_engine(database, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()


def lines(workspace: Workspace) -> dict[str, Callable[[], object]]:
    """The queries, by what a page or a job asks."""
    store = workspace.store

    def page(after: int | None = None, **wanted: object) -> object:
        with store.reading() as session:
            return tile_queries.list_tiles(session, TileFilter(**wanted), "likely_wrong", 50, after)  # type: ignore[arg-type]

    def number(**wanted: object) -> int:
        with store.reading() as session:
            return tile_queries.count_tiles(session, TileFilter(**wanted))  # type: ignore[arg-type]

    with store.reading() as session:
        active = checkpoints.active_checkpoint(session)
        middle = tile_queries.list_tiles(session, order="name", limit=1)[0].id
    assert active is not None

    def unpredicted() -> int:
        with store.reading() as session:
            return len(predictions.tiles_without_prediction(session, active.id, OPEN))

    def to_do_ids() -> list[int]:
        with store.reading() as session:
            return predictions.tiles_without_prediction(session, active.id + 1000)

    def to_do_tiles() -> int:
        return sum(1 for _ in read_tiles(workspace, range(1, TO_DO + 1)))

    def first_to_do() -> object:
        _, files = split_rasters(workspace, to_do_ids())
        return next(read_tiles(workspace, files))

    def by_scene() -> object:
        with store.reading() as session:
            return counts.by_scene(session)

    return {
        "page of 50": page,
        "page of 50 after a tile": lambda: page(middle),
        "page of 50, open tiles": lambda: page(state="unreviewed"),
        "page of 50, validation": lambda: page(split="validation"),
        "page of 50, class": lambda: page(class_id=2),
        "page of 50, common text": lambda: page(text="scene 12"),
        "page of 50, rare text": lambda: page(text="1000777"),
        "count": number,
        "count by split": lambda: number(split="train"),
        "count by class": lambda: number(class_id=2),
        "count by text": lambda: number(text="1000777"),
        "queue of 10,000": lambda: queue(workspace, limit=10_000),
        "review queue of 10,000": lambda: review_queue(workspace, TileFilter(), "likely_wrong", ADA),
        "review queue, useful": lambda: review_queue(workspace, TileFilter(), "useful", ADA),
        "overview": lambda: overview(workspace),
        "counts by scene": by_scene,
        "unpredicted tiles": unpredicted,
        "to-do list, ids of all tiles": to_do_ids,
        "to-do list, first of all tiles": first_to_do,
        f"to-do list, {TO_DO:,} tiles": to_do_tiles,
    }


def median_ms(call: Callable[[], object], repeats: int) -> tuple[float, float]:
    """Median milliseconds of a call: elapsed, and on the processor, which other programs disturb less."""
    elapsed, busy = [], []
    for _ in range(repeats):
        began, began_busy = time.perf_counter(), time.process_time()
        call()
        elapsed.append(1000 * (time.perf_counter() - began))
        busy.append(1000 * (time.process_time() - began_busy))
    return statistics.median(elapsed), statistics.median(busy)


def promotion(workspace: Workspace, most: int) -> dict[str, float]:
    """Promote the other version, as the app and the worker do, while a writer sets a value again and again.

    Ends after `most` groups of tiles; the rest is left to a worker.
    """
    with workspace.store.reading() as session:
        other = next(one for one in checkpoints.list_checkpoints(session) if not one.active)
    done, waits, refused = threading.Event(), [0.0], [0]

    def write() -> None:
        while not done.is_set():
            began = time.perf_counter()
            try:
                with workspace.store.transaction() as session:
                    key_value.set_value(session, "benchmark", began)
            except StorageError:
                refused[0] += 1
            waits.append(1000 * (time.perf_counter() - began))
            time.sleep(0.02)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        began = time.perf_counter()
        with workspace.store.transaction() as session:
            checkpoints.promote(session, other.id, "ada")
        took = time.perf_counter() - began
        left = iter(range(most))
        groups = show_active(workspace, lambda: next(left, None) is None)
        shown = time.perf_counter() - began
    finally:
        done.set()
        writer.join()
    ordered = sorted(waits)
    return {
        "promotion": 1000 * took,
        "until these tiles show it": 1000 * shown,
        "groups of tiles": float(groups),
        "median wait of a writer": statistics.median(ordered),
        "p99 wait of a writer": ordered[int(0.99 * (len(ordered) - 1))],
        "longest wait of a writer": ordered[-1],
        "refused writes": float(refused[0]),
    }


def browse(arguments: argparse.Namespace) -> dict[str, float]:
    variables = {"SEEP_WORKSPACE": str(arguments.folder), "SEEP_USER": "ada", "SEEP_DEVICE": "cpu"}
    if arguments.database:
        variables["SEEP_DATABASE_URL"] = arguments.database
    workspace = open_workspace(read_settings(variables))
    with workspace.store.reading() as session:
        there = key_value.get_value(session, "made for benchmarks.scale")
    if there is None:
        began = time.perf_counter()
        build(workspace, arguments.tiles)
        if arguments.database:
            vacuum(arguments.database)
        print(f"made in {time.perf_counter() - began:.0f} s", flush=True)
    elif there != arguments.tiles:
        raise SystemExit(f"{arguments.folder} holds {there} tiles. Choose another folder or --tiles {there}.")
    found = {}
    for name, call in lines(workspace).items():
        if not arguments.only or arguments.only in name:
            found[name], busy = median_ms(call, arguments.repeats)
            found[f"{name}, processor"] = busy
            print(f"{name:32} {found[name]:10.1f} ms {busy:10.1f} ms of processor", flush=True)
    if arguments.promote:
        for name, value in promotion(workspace, arguments.groups).items():
            found[name] = value
            print(
                f"{name:32} {value:10.1f}{'' if name in {'refused writes', 'groups of tiles'} else ' ms'}",
                flush=True,
            )
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    browsing = commands.add_parser("browse", help="time the queries of the pages")
    browsing.add_argument("--tiles", type=int, default=1_000_000)
    browsing.add_argument(
        "--folder", type=Path, required=True, help="folder of the workspace; made if it is missing"
    )
    browsing.add_argument("--database", help="PostgreSQL instead of SQLite")
    browsing.add_argument("--only", default="", help="only lines that contain these words")
    browsing.add_argument("--repeats", type=int, default=REPEATS)
    browsing.add_argument("--promote", action="store_true", help="promote the other version in the end")
    browsing.add_argument("--groups", type=int, default=10**9, help="groups of tiles after which it ends")
    browsing.set_defaults(run=browse)
    add_predict(
        commands.add_parser("predict", help="predict on Ray clusters on this machine, and lose a node")
    )
    add_train(
        commands.add_parser("train", help="fine-tune on Ray clusters on this machine, and lose a process")
    )
    add_cost(commands.add_parser("cost", help="a formula for the price of a prediction"))
    arguments = parser.parse_args()
    print(json.dumps(arguments.run(arguments)))


if __name__ == "__main__":
    main()
