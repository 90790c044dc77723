"""Log files of the app and the worker: one JSON object per line, rotated by size."""

import json
import logging
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler

from seep.settings import Settings

LOGGER = logging.getLogger("seep")


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON: `time` (UTC), `level`, `logger`, `process` and `message`.

    A record of an exception adds `error` with its traceback.
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, without a line break."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def start_log(settings: Settings, name: str) -> None:
    """Write what the loggers below "seep" report from now on to `NAME.jsonl` in the folder of log files.

    Only the owner can open a folder that this makes. A second call for the same file does nothing. Where the file
    cannot be written, an error is logged and the program goes on without it.

    Args:
        settings: folder, size and number of files.
        name: "app" or "worker"; two processes never write to the same file.
    """
    path = settings.log_path / f"{name}.jsonl"
    if any(getattr(one, "baseFilename", "") == str(path) for one in LOGGER.handlers):
        return
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handler = RotatingFileHandler(
            path,
            maxBytes=settings.log_file_mb * 2**20,
            backupCount=settings.log_files,
            encoding="utf-8",
            errors="backslashreplace",
        )
    except OSError as error:
        LOGGER.error("The log file %s cannot be written: %s. Set SEEP_LOG_FOLDER.", path, error.strerror)
        return
    handler.setFormatter(JsonLines())
    LOGGER.addHandler(handler)
    LOGGER.setLevel(logging.INFO)
    LOGGER.info("The %s started.", name)
