"""Settings: one frozen object, read from the environment once.

| variable | default | meaning |
| --- | --- | --- |
| `SEEP_WORKSPACE` | `workspace` | folder of the workspace |
| `SEEP_DATABASE_URL` | SQLite `seep.db` in the workspace | any SQLAlchemy URL |
| `SEEP_USER` | the login name | author of what is done when no name is given |
| `SEEP_DEVICE` | picked: CUDA, else CPU | `cpu`, `cuda` or `cuda:N` |
| `SEEP_OPENVINO` | `1` | `0`: the CPU predicts by torch, even where OpenVINO is installed |
| `SEEP_MLFLOW_URI` | none | where fine-tunings are written to MLflow too, such as `http://127.0.0.1:5000` |
| `SEEP_WORKER` | `1` | `0`: the app does not start a worker of its own |
| `SEEP_IMPORT_ROOTS` | the home and the working folder | folders that the Data page may read (`:` between) |
| `SEEP_UPLOAD_FILE_MB` | 4096 | largest file that the Data page takes from a browser |
| `SEEP_UPLOAD_TOTAL_MB` | 16384 | most that all uploads together may hold until they are imported |
| `SEEP_MAX_MEGAPIXELS` | 512 | largest image or mask, width times height, 2^20 pixels |
| `SEEP_MAX_BANDS` | 16 | bands of an image |
| `SEEP_MAX_DECODED_MB` | 2048 | bytes of pixels that one image or mask may become |
| `SEEP_MAX_RATIO` | 200 | how many times its own size a file above 64 MB of pixels may become; zips too |
| `SEEP_MAX_ZIP_FILES` | 20000 | files in one zip |
| `SEEP_MAX_ZIP_MB` | 16384 | bytes that one zip may become |
| `SEEP_READ_SECONDS` | 60 | time that reading one file may take at import |
| `SEEP_READ_MB` | 4096 | memory that a process which reads files at import may take |
"""

import getpass
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from seep.errors import SettingsError

MODELS = Path(__file__).resolve().parent.parent / "models"
SHIPPED_CHECKPOINT = MODELS / "seep-base.safetensors"


@dataclass(frozen=True)
class Limits:
    """What foreign files may be at most; see the module's table."""

    pixels: int = 512 * 2**20
    bands: int = 16
    decoded_bytes: int = 2048 * 2**20
    ratio: int = 200
    zip_files: int = 20_000
    zip_bytes: int = 16_384 * 2**20
    read_s: int = 60
    read_bytes: int = 4096 * 2**20


@dataclass(frozen=True)
class Settings:
    """What the environment says; see the module's table for each field."""

    workspace: Path
    database_url: str | None
    user: str
    device: str | None
    start_worker: bool
    import_roots: tuple[Path, ...]
    upload_file_bytes: int = 4096 * 2**20
    upload_total_bytes: int = 16384 * 2**20
    limits: Limits = Limits()
    openvino: bool = True
    mlflow_uri: str | None = None


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings from a mapping of environment variables.

    Raises:
        SettingsError: a variable has a value that cannot be used.
    """
    worker = environment.get("SEEP_WORKER", "1")
    if worker not in {"0", "1"}:
        raise SettingsError(f"SEEP_WORKER is {worker!r}; set it to 1 (the app starts a worker) or 0.")
    openvino = environment.get("SEEP_OPENVINO", "1")
    if openvino not in {"0", "1"}:
        raise SettingsError(
            f"SEEP_OPENVINO is {openvino!r}; set it to 1 (where it is installed) or 0 (torch)."
        )
    roots = environment.get("SEEP_IMPORT_ROOTS")
    return Settings(
        workspace=Path(environment.get("SEEP_WORKSPACE", "workspace")).expanduser().resolve(),
        database_url=environment.get("SEEP_DATABASE_URL") or None,
        user=environment.get("SEEP_USER") or _login_name(),
        device=environment.get("SEEP_DEVICE") or None,
        start_worker=worker == "1",
        import_roots=tuple(Path(root).expanduser().resolve() for root in roots.split(os.pathsep) if root)
        if roots
        else (Path.home().resolve(), Path.cwd().resolve()),
        upload_file_bytes=_megabytes(environment, "SEEP_UPLOAD_FILE_MB", 4096),
        upload_total_bytes=_megabytes(environment, "SEEP_UPLOAD_TOTAL_MB", 16384),
        limits=_limits(environment),
        openvino=openvino == "1",
        mlflow_uri=environment.get("SEEP_MLFLOW_URI") or None,
    )


def _limits(environment: Mapping[str, str]) -> Limits:
    return Limits(
        pixels=_megabytes(environment, "SEEP_MAX_MEGAPIXELS", 512),
        bands=_whole(environment, "SEEP_MAX_BANDS", 16),
        decoded_bytes=_megabytes(environment, "SEEP_MAX_DECODED_MB", 2048),
        ratio=_whole(environment, "SEEP_MAX_RATIO", 200),
        zip_files=_whole(environment, "SEEP_MAX_ZIP_FILES", 20_000),
        zip_bytes=_megabytes(environment, "SEEP_MAX_ZIP_MB", 16_384),
        read_s=_whole(environment, "SEEP_READ_SECONDS", 60),
        read_bytes=_megabytes(environment, "SEEP_READ_MB", 4096),
    )


def _megabytes(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= 10**9):
        raise SettingsError(f"{name} is {text!r}; set it to a whole number of megabytes, 1 or more.")
    return int(text) * 2**20


def _whole(environment: Mapping[str, str], name: str, default: int) -> int:
    text = environment.get(name) or str(default)
    if not (text.isascii() and text.isdecimal() and 0 < int(text) <= 10**9):
        raise SettingsError(f"{name} is {text!r}; set it to a whole number, 1 or more.")
    return int(text)


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no passwd entry, as in some containers
        return "analyst"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process, read from its environment at the first call."""
    return read_settings(os.environ)
