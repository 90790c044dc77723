"""Shared by all tests: two torch threads at most, no compilation, fresh settings, tiny workspaces."""

import os
from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest

os.environ.setdefault("OMP_NUM_THREADS", "2")
# Compiling the tiny networks of tests takes longer than running them; tests of OpenVINO switch it on.
os.environ.setdefault("SEEP_OPENVINO", "0")

from seep.settings import settings
from tests.databases import SERVER, close_engines, drop_databases

pytest_plugins = ["tests.workspaces"]

SLOW_FIRST = (
    "tests/kills/",
    "tests/browser/",
    "tests/jobs/",
    "tests/workflow/training/",
    "tests/engine/",
    "tests/workflow/",
    "tests/pages/",
    "tests/cli/",
)
"""Folders with long files start first, so that no process works alone at the end."""

# On a shared machine a single example may take long.
hypothesis.settings.register_profile(
    "seep", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("seep")


POSTGRESQL = (
    "tests/store/",
    *(
        f"tests/workflow/{name}/"
        for name in ("access", "imports", "maintenance", "models", "review", "scenes")
    ),
    *(f"tests/workflow/test_{name}.py" for name in ("jobs", "overview", "trash", "workspace")),
    "tests/web/test_two_servers.py",
    "tests/browser/test_two_servers.py",
)
"""What `--postgresql` selects: folders and files with the most queries, without those that mostly compute."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--postgresql", action="store_true", help="only tests that also run on PostgreSQL")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not import the files that `--postgresql` leaves out."""
    if config.option.postgresql and collection_path.suffix == ".py":
        return None if _path(collection_path, config).startswith(POSTGRESQL) else True
    return None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    items.sort(key=_rank)
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))
    left_out = {item for item in items if SERVER is not None and item.get_closest_marker("sqlite")}
    if config.option.postgresql:  # a file that is named on the command line is not ignored
        left_out |= {item for item in items if not _path(item.path, config).startswith(POSTGRESQL)}
    if left_out:
        config.hook.pytest_deselected(items=[*left_out])
        items[:] = [item for item in items if item not in left_out]


def _path(path: Path, config: pytest.Config) -> str:
    return path.relative_to(config.rootpath).as_posix()


def _rank(item: pytest.Item) -> int:
    path = _path(item.path, item.config)
    return next((at for at, folder in enumerate(SLOW_FIRST) if path.startswith(folder)), len(SLOW_FIRST))


@pytest.fixture(autouse=True)
def fresh_settings() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()


@pytest.fixture(autouse=True)
def own_databases(request: pytest.FixtureRequest) -> Iterator[None]:
    """Drop the PostgreSQL databases of a test after it; those of templates are dropped at the end."""
    used = request.getfixturevalue("tmp_path") if SERVER and "tmp_path" in request.fixturenames else None
    yield
    close_engines()
    if used is not None:
        drop_databases(used)


@pytest.fixture(scope="session", autouse=True)
def databases_of_templates() -> Iterator[None]:
    yield
    drop_databases(Path("/"))
