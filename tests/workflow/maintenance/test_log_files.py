"""Log files: one JSON object per line, rotated, readable by their owner only."""

import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from seep.settings import Settings
from seep.workflow.maintenance.log_files import LOGGER, start_log


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    """Take the handlers of a test off again."""
    before, level = list(LOGGER.handlers), LOGGER.level
    yield
    for one in [one for one in LOGGER.handlers if one not in before]:
        LOGGER.removeHandler(one)
        one.close()
    LOGGER.setLevel(level)


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def test_each_record_is_one_line_of_json(tmp_path: Path) -> None:
    start_log(Settings(workspace=tmp_path), "app")
    # Given to the handler directly: pytest cannot pass on half a character that it collects from a logger.
    half = logging.LogRecord("seep.web", logging.WARNING, "", 1, "two\nlines of %s", ("\ud800é",), None)
    LOGGER.handlers[-1].handle(half)
    try:
        raise ValueError("damaged")
    except ValueError:
        logging.getLogger("seep.jobs").exception("A job failed.")
    path = tmp_path / "logs" / "app.jsonl"
    _start, warning, failure = lines(path)
    assert (warning["level"], warning["logger"]) == ("warning", "seep.web")
    assert warning["message"].startswith("two\nlines of ")
    assert warning["time"].endswith("+00:00")
    assert "ValueError: damaged" in failure["error"]
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_files_are_rotated_by_size_and_the_oldest_is_deleted(tmp_path: Path) -> None:
    start_log(Settings(workspace=tmp_path, log_folder=tmp_path / "own", log_file_mb=1, log_files=2), "worker")
    for number in range(40):
        logging.getLogger("seep.jobs").info("%d %s", number, "x" * 2**17)
    found = sorted(path.name for path in (tmp_path / "own").iterdir())
    assert found == ["worker.jsonl", "worker.jsonl.1", "worker.jsonl.2"]
    assert all(path.stat().st_size <= 2**20 for path in (tmp_path / "own").iterdir())
    assert lines(tmp_path / "own" / "worker.jsonl")[-1]["message"].startswith("39 ")


def test_a_second_start_writes_no_line_twice(tmp_path: Path) -> None:
    for _ in range(2):
        start_log(Settings(workspace=tmp_path), "app")
    logging.getLogger("seep").error("once")
    assert [one["message"] for one in lines(tmp_path / "logs" / "app.jsonl")] == ["The app started.", "once"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()
    before = list(LOGGER.handlers)
    start_log(Settings(workspace=tmp_path, log_folder=tmp_path / "file" / "logs"), "app")
    (record,) = caplog.records
    assert (record.levelname, "SEEP_LOG_FOLDER" in record.getMessage()) == ("ERROR", True)
    assert before == LOGGER.handlers
