"""Settings: one frozen object, read from `seep.toml` and the environment variables `SEEP_...` once per process.

`python -m seep.settings` prints the table of the README.
"""

import base64
import difflib
import getpass
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

from seep.errors import SettingsError

PACKAGE = Path(__file__).resolve().parent


def _resource(packaged: str, in_checkout: str) -> Path:
    """A file or folder that lies in the package of an installed wheel, and at the root of a checkout."""
    path = PACKAGE / packaged
    return path if path.exists() else PACKAGE.parent / in_checkout


VERSION = "0.2.0"
"""Of Seep; also that of the package."""

MODELS = _resource("models", "models")
APP = _resource("app/app.py", "app.py")
SHIPPED_CHECKPOINT = MODELS / "seep-base.safetensors"

WEBHOOK_EVENTS = (
    "import.done",
    "run.done",
    "run.verdict",
    "model.promoted",
    "tiles.assigned",
    "tile.flagged",
    "tile.commented",
    "backup.failed",
)
"""Types of the events that can be sent by webhooks."""

_PREFIX = "SEEP_"
_FILE = "SEEP_SETTINGS_FILE"
_MIB = 2**20


@dataclass(frozen=True)
class Limits:
    """Upper limits for foreign files, in base units.

    Attributes:
        pixels: width times height of one image or mask.
        bands: bands of one image.
        decoded_bytes: pixels of one image or mask.
        ratio: decoded size divided by file size.
        zip_files: files in one zip.
        zip_bytes: unpacked size of one zip.
        read_s: seconds for reading one file.
        read_bytes: memory of a process that reads files.
    """

    pixels: int
    bands: int
    decoded_bytes: int
    ratio: int
    zip_files: int
    zip_bytes: int
    read_s: int
    read_bytes: int


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no passwd entry, as in some containers
        return "analyst"


def _resolved(path: Path) -> Path:
    return path.expanduser().resolve()


def _switch(value: object) -> object:
    if value not in ("0", "1", True, False):
        raise ValueError("neither 0 nor 1")
    return value in ("1", True)


def _role_rules(value: object) -> object:
    """Return the pairs of "NAME=ROLE; NAME=ROLE"; names of groups may contain commas and equals signs."""
    if not isinstance(value, str):
        return value
    pairs = [part.rpartition("=") for part in value.split(";") if part.strip()]
    return tuple((name.strip(), role.strip()) for name, _, role in pairs)


def _named(pairs: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    if not all(name for name, _ in pairs):
        raise ValueError("a role without a name")
    return pairs


def _events(value: object) -> object:
    names = tuple(re.findall(r"[^\s,]+", value)) if isinstance(value, str) else value
    if not isinstance(names, tuple) or not set(names) <= set(WEBHOOK_EVENTS):
        raise ValueError("an unknown event")
    return names


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("no address")
    return value


def _signing_secret(value: str) -> str:
    key = base64.b64decode(value.removeprefix("whsec_"), validate=True)
    if not value.startswith("whsec_") or not 24 <= len(key) <= 64:
        raise ValueError("no key of 24 to 64 bytes")
    return value


def _paths(value: object) -> object:
    return [Path(part) for part in value.split(os.pathsep) if part] if isinstance(value, str) else value


_Folder = Annotated[Path, AfterValidator(_resolved)]
_Folders = Annotated[tuple[_Folder, ...], NoDecode, BeforeValidator(_paths)]
_Switch = Annotated[bool, BeforeValidator(_switch)]
_RoleRules = Annotated[
    tuple[tuple[str, Literal["viewer", "annotator", "reviewer", "lead", "admin"]], ...],
    NoDecode,
    BeforeValidator(_role_rules),
    AfterValidator(_named),
]
_Count = Annotated[int, Field(ge=1, le=10**9)]


def _field(default: Any, meaning: str, unit: str = "", shown: str = "") -> Any:
    """Declare a setting: its default, a description, the unit of a number, and the default as documented."""
    extra: dict[str, Any] = {"unit": unit, "shown": shown or f"`{default}`"}
    if callable(default):
        return Field(default_factory=default, description=meaning, json_schema_extra=extra)
    return Field(default=default, description=meaning, json_schema_extra=extra)


class Settings(BaseSettings):
    """The settings of Seep; each field is the environment variable, or the key of the file, `SEEP_` + its name."""

    model_config = SettingsConfigDict(env_prefix=_PREFIX, frozen=True, extra="forbid")

    settings_file: _Folder | None = _field(
        None,
        "file with settings, read where the environment has none; not set in the file itself",
        shown="`seep.toml` in the working folder, if it exists",
    )
    workspace: _Folder = _field(Path("workspace"), "folder of the workspace")
    workspace_must_exist: _Switch = _field(
        False,
        "`1`: the app does not create the workspace; for services, whose disk may be missing at a start",
        shown="`0`",
    )
    database_url: str | None = _field(
        None,
        "`postgresql+psycopg://USER:PASSWORD@HOST/NAME`: a database on a PostgreSQL server",
        shown="SQLite, `seep.db` in the workspace",
    )
    files_url: str | None = _field(
        None,
        "`s3://BUCKET/PREFIX`: a bucket for the stored files",
        shown="`files` in the workspace",
    )
    ray_address: str | None = _field(
        None,
        "`HOST:PORT` of a Ray cluster that predicts tiles and trains",
        shown="none",
    )
    ray_ranks: _Count = _field(
        1, "processes of a fine-tuning run on the Ray cluster; each has a batch of its own", "processes"
    )
    cache_mb: _Count = _field(10240, "size of the copies of files in buckets on this machine", "MiB")
    user: str = _field(_login_name, "author of changes where nobody signs in", shown="login name")
    auth: Literal["none", "local", "oidc", "proxy"] = _field(
        "none",
        "`none`: one local admin; `local`: accounts with passwords; `oidc`: an OpenID Connect provider; "
        "`proxy`: a proxy names the person",
    )
    oidc_issuer: str | None = _field(None, "address of the OpenID Connect provider; for `oidc`", shown="none")
    oidc_client_id: str | None = _field(None, "what the provider calls this app; for `oidc`", shown="none")
    oidc_client_secret: str | None = _field(
        None, "secret of this app at the provider; for `oidc`", shown="none"
    )
    oidc_scope: str = _field(
        "openid profile email", "what the app asks the provider for; some need `groups` too", ""
    )
    oidc_groups_claim: str = _field("groups", "claim with the groups of a person; for `SEEP_OIDC_ROLES`")
    oidc_roles: _RoleRules = _field(
        (),
        "`GROUP=ROLE; @DOMAIN=ROLE`: role by group, or by the domain of a verified email address; others are refused",
        shown="none",
    )
    invited_only: _Switch = _field(
        False,
        "`1`: of a provider or a proxy, only people whom an admin invited may sign in",
        shown="`0`",
    )
    proxy_user_header: str = _field("X-Forwarded-User", "header in which the proxy names the person")
    proxy_secret: str | None = _field(
        None, "secret that the proxy sends in the header `X-Seep-Proxy-Secret`; for `proxy`", shown="none"
    )
    first_role: Literal["viewer", "annotator", "reviewer", "lead"] = _field(
        "viewer", "role of a person who signs in by a provider or a proxy for the first time"
    )
    active_time: Literal["off", "own", "people"] = _field(
        "own",
        "active time in Review. `off`: not recorded; `own`: each person sees the own times; `people`: leads see totals "
        "by person too",
    )
    hsts: _Switch = _field(
        False,
        "`1`: answers over HTTPS have the header Strict-Transport-Security, for a year",
        shown="`0`",
    )
    device: str | None = _field(None, "`cpu`, `cuda` or `cuda:N`", shown="CUDA if available, else CPU")
    openvino: _Switch = _field(
        True, "`0`: predict with PyTorch on a CPU even if OpenVINO is installed", shown="`1`"
    )
    mlflow_uri: str | None = _field(
        None, "MLflow server that also records fine-tuning runs; needs the `mlflow` package", shown="none"
    )
    webhook_url: Annotated[str, AfterValidator(_web_address)] | None = _field(
        None, "address that gets events by POST; see Webhooks in Operations", shown="none"
    )
    webhook_secret: Annotated[str, AfterValidator(_signing_secret)] | None = _field(
        None, "`whsec_` and 24 to 64 random bytes in Base64: the key that signs events", shown="none"
    )
    webhook_events: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_events)] = _field(
        WEBHOOK_EVENTS, "types of the events to send, separated by commas", shown="all"
    )
    worker: _Switch = _field(True, "`0`: the app does not start a worker", shown="`1`")
    import_roots: _Folders = _field(
        lambda: (Path.home(), Path.cwd()),
        "server folders that the Data page may read, separated by `:` (`;` on Windows)",
        shown="home and working folder",
    )
    export_roots: _Folders = _field(
        (),
        "server folders that the Data page may export to, separated by `:` (`;` on Windows)",
        shown="`exports` in the workspace",
    )
    log_folder: _Folder | None = _field(None, "folder of the log files", shown="`logs` in the workspace")
    log_file_mb: _Count = _field(16, "size at which a log file is rotated", "MiB")
    log_files: _Count = _field(5, "most rotated files per process", "files")
    upload_file_mb: _Count = _field(4096, "largest file that can be uploaded", "MiB")
    upload_total_mb: _Count = _field(16384, "total size of uploads that are not imported yet", "MiB")
    max_megapixels: _Count = _field(512, "largest image or mask, width times height", "2^20 pixels")
    max_bands: _Count = _field(16, "most bands of an image", "bands")
    max_decoded_mb: _Count = _field(2048, "largest decoded image or mask", "MiB")
    max_ratio: _Count = _field(
        200, "largest ratio of decoded size to file size, above 64 MiB decoded; also for zips", "ratio"
    )
    max_zip_files: _Count = _field(20000, "most files in one zip", "files")
    max_zip_mb: _Count = _field(16384, "largest unpacked size of one zip", "MiB")
    read_seconds: _Count = _field(60, "time limit for reading one file at import", "s")
    read_mb: _Count = _field(4096, "memory limit of a process that reads files at import", "MiB")

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: type[BaseSettings], init_settings: PydanticBaseSettingsSource, *_: Any, **__: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read no environment by itself: `read_settings` passes one."""
        return (init_settings,)

    @property
    def export_folders(self) -> tuple[Path, ...]:
        """Server folders that the Data page may export to."""
        return self.export_roots or (self.workspace / "exports",)

    @property
    def log_path(self) -> Path:
        """Folder of the log files."""
        return self.log_folder or self.workspace / "logs"

    @property
    def upload_file_bytes(self) -> int:
        """Largest file that can be uploaded, bytes."""
        return self.upload_file_mb * _MIB

    @property
    def upload_total_bytes(self) -> int:
        """Largest total size of uploads that are not imported yet, bytes."""
        return self.upload_total_mb * _MIB

    @property
    def limits(self) -> Limits:
        """Upper limits for foreign files."""
        return Limits(
            pixels=self.max_megapixels * _MIB,
            bands=self.max_bands,
            decoded_bytes=self.max_decoded_mb * _MIB,
            ratio=self.max_ratio,
            zip_files=self.max_zip_files,
            zip_bytes=self.max_zip_mb * _MIB,
            read_s=self.read_seconds,
            read_bytes=self.read_mb * _MIB,
        )


def read_settings(environment: Mapping[str, str]) -> Settings:
    """Read the settings from a mapping of environment variables, and from the settings file.

    Args:
        environment: wins over the file; a variable with an empty value counts as missing. `SEEP_SETTINGS_FILE` names
            the file; without it, `seep.toml` in the working folder is read if it exists.

    Raises:
        SettingsError: a value is invalid; the message names the variable, the file if it is from there, the value and
            the remedy. The file cannot be read, or it has a key that is no setting.
    """
    path = Path(environment.get(_FILE) or "seep.toml").expanduser().absolute()
    in_file = _file_values(path) if environment.get(_FILE) or path.exists() else {}
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): value for name, value in environment.items() if value}
    given = source()
    try:
        return Settings(**{**in_file, **given})
    except ValidationError as error:
        raise SettingsError(
            " ".join(
                _sentence(name, one["input"], "" if name in given else f" in {path}")
                for one in error.errors()
                for name in [str(one["loc"][0])]
            )
        ) from error


def _file_values(path: Path) -> dict[str, Any]:
    """Return the values of a settings file by field; empty texts are left out, as in the environment."""
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise SettingsError(
            f"The settings file {path} cannot be read: {reason}. Mend it, or set {_FILE}."
        ) from error
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"The settings file {path} is no valid TOML: {error}. Mend it.") from error
    for key, value in values.items():
        if key == _FILE:
            raise SettingsError(f"{key} in {path} has no effect. Set it in the environment.")
        if key not in setting_names():
            raise SettingsError(f"The settings file {path} has the key {key}. {unknown_name(key)}")
        wanted = _wanted_type(key, value)
        if wanted:
            raise SettingsError(f"{key} in {path} is no {wanted}. Write it as {wanted}.")
    return {
        key.removeprefix(_PREFIX).lower(): str(int(value)) if isinstance(value, int) else value
        for key, value in values.items()
        if value != ""
    }


def _wanted_type(key: str, value: object) -> str:
    """Return the type that the value of a key has to have; nothing if it has it."""
    kind = Settings.model_fields[key.removeprefix(_PREFIX).lower()].annotation
    if kind is bool:
        return "" if isinstance(value, int | str) else "true or false"
    if kind is int:
        return "" if isinstance(value, int | str) and not isinstance(value, bool) else "whole number"
    is_list = isinstance(value, list) and all(isinstance(one, str) for one in value)
    if key.endswith("_ROOTS"):
        return "" if is_list or isinstance(value, str) else "list of texts in quotes"
    return "" if isinstance(value, str) else "text in quotes"


def setting_names() -> list[str]:
    """Return the names of all settings, as in the environment and in the file."""
    return [f"{_PREFIX}{name.upper()}" for name in Settings.model_fields]


def unknown_name(name: str) -> str:
    """Return the sentences that a name is no setting, and which one is meant perhaps."""
    if name.upper().startswith("STREAMLIT_"):
        return f"{name} is an option of Streamlit. Set it in .streamlit/config.toml or in the environment."
    near = difflib.get_close_matches(name.upper(), setting_names(), 1)
    return f"There is no setting {name}. " + (f"Did you mean {near[0]}?" if near else "Remove it.")


_REMEDIES = {
    "oidc_roles": "GROUP=ROLE or @DOMAIN=ROLE, separated by semicolons; roles are viewer, annotator, reviewer, lead "
    "and admin",
    "webhook_url": "an address that begins with https:// or http://",
    "webhook_secret": "whsec_ and 24 to 64 random bytes in Base64",
    "webhook_events": f"names of events, separated by commas: {', '.join(WEBHOOK_EVENTS)}",
}


def _sentence(name: str, value: object, where: str) -> str:
    unit = _extra(name)["unit"]
    variable = f"{_PREFIX}{name.upper()}{where}"
    choices = get_args(Settings.model_fields[name].annotation)
    if choices and all(isinstance(one, str) for one in choices):
        return f"{variable} is {value!r}. Set it to {', '.join(choices)}."
    if name in _REMEDIES:  # the values may be secret
        return f"{variable} cannot be used. Set it to {_REMEDIES[name]}."
    wanted = f"a whole number ({unit}) from 1 to {10**9:,}" if unit else "1 (on) or 0 (off)"
    return f"{variable} is {value!r}. Set it to {wanted}."


def _extra(name: str) -> dict[str, str]:
    extra = Settings.model_fields[name].json_schema_extra
    assert isinstance(extra, dict)
    return {key: str(value) for key, value in extra.items()}


def settings_table() -> str:
    """Return a Markdown table of all settings: variable, default, unit, meaning."""
    rows = ["| variable | default | unit | meaning |", "| --- | --- | --- | --- |"]
    for name, field in Settings.model_fields.items():
        extra = _extra(name)
        rows.append(
            f"| `{_PREFIX}{name.upper()}` | {extra['shown']} | {extra['unit']} | {field.description} |"
        )
    return "\n".join(rows) + "\n"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """Return the settings of this process, read from its environment and settings file at the first call."""
    return read_settings(os.environ)


if __name__ == "__main__":
    print(settings_table(), end="")
