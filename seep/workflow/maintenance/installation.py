"""Checks of the settings and of the device of this installation."""

import os
from collections.abc import Iterator, Mapping
from importlib.util import find_spec

from seep.core.host_names import ALLOWED_HOSTS, host_names
from seep.errors import DeviceError, SettingsError
from seep.settings import Settings, setting_names, unknown_name
from seep.workflow.access.oidc import is_safe_address
from seep.workflow.maintenance.checks import Finding
from seep.workflow.maintenance.webhooks import wanted_events

_PREFIX = "SEEP_"


def device_line() -> str:
    """Return which GPUs torch sees, as a sentence."""
    from seep.engine.device import describe_devices

    return describe_devices()


def check_installation(settings: Settings, environment: Mapping[str, str]) -> list[Finding]:
    """Check the device, the settings and the folders that they name; nothing is changed.

    Args:
        environment: variables of this process, to find names that no setting has.
    """
    return [
        *_names(environment),
        *_device(settings),
        *_sign_in(settings),
        *_hosts(settings, environment),
        *_folders(settings),
        *_libraries(settings),
        *_webhooks(settings),
    ]


def _names(environment: Mapping[str, str]) -> Iterator[Finding]:
    for name in sorted(environment):
        if name.startswith(_PREFIX) and name not in setting_names():
            yield Finding("settings", "warning", unknown_name(name))


def _device(settings: Settings) -> Iterator[Finding]:
    from seep.engine.device import pick_device

    try:
        pick_device(settings.device)
    except DeviceError as error:
        yield Finding("device", "error", f"SEEP_DEVICE cannot be used: {error}")


def _sign_in(settings: Settings) -> Iterator[Finding]:
    if settings.auth == "proxy" and len(settings.proxy_secret or "") < 24:
        yield Finding(
            "settings", "error", "SEEP_PROXY_SECRET has fewer than 24 characters. Set a longer one."
        )
    if settings.auth == "oidc":
        for name in ("oidc_issuer", "oidc_client_id", "oidc_client_secret"):
            if not getattr(settings, name):
                yield Finding("settings", "error", f"{_PREFIX}{name.upper()} has no value. Set it.")
        if settings.oidc_issuer and not is_safe_address(settings.oidc_issuer):
            yield Finding(
                "settings",
                "error",
                f"SEEP_OIDC_ISSUER is {settings.oidc_issuer!r}. Set an address that begins with https://.",
            )


def _hosts(settings: Settings, environment: Mapping[str, str]) -> Iterator[Finding]:
    try:
        names = host_names([environment.get(ALLOWED_HOSTS, "")])
    except SettingsError as error:
        yield Finding("settings", "error", str(error))
        return
    if settings.auth != "none" and not set(names) - {"localhost", "127.0.0.1", "::1"}:
        yield Finding(
            "settings",
            "warning",
            f"SEEP_AUTH is {settings.auth}, but {ALLOWED_HOSTS} names only this machine. Set it to the name "
            "under which browsers reach the app, or nobody else gets in.",
        )
    if "*" in names:
        yield Finding(
            "settings",
            "warning",
            f"{ALLOWED_HOSTS} allows all names, also one that another site points to this machine. Name the hosts.",
        )


def _folders(settings: Settings) -> Iterator[Finding]:
    for name, folders in (("IMPORT", settings.import_roots), ("EXPORT", settings.export_roots)):
        for folder in folders:
            if not folder.is_dir():
                yield Finding(
                    "settings",
                    "warning",
                    f"SEEP_{name}_ROOTS names {folder}, which is no folder. Make it, or remove it there.",
                )
    existing = next(path for path in (settings.log_path, *settings.log_path.parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK):
        yield Finding(
            "settings", "warning", f"No log file can be written to {settings.log_path}. Set SEEP_LOG_FOLDER."
        )


def _webhooks(settings: Settings) -> Iterator[Finding]:
    try:
        wanted_events(settings)
    except SettingsError as error:
        yield Finding("settings", "error", str(error))


def _libraries(settings: Settings) -> Iterator[Finding]:
    if settings.mlflow_uri and find_spec("mlflow") is None:
        yield Finding(
            "settings", "warning", "SEEP_MLFLOW_URI is set, but mlflow is missing. Run pip install mlflow."
        )
