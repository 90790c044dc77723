"""The application object: what app.py hands to the server."""

import importlib
import sys
from pathlib import Path
from unittest.mock import patch

import pytest
from streamlit.runtime.pages_manager import PagesManager
from streamlit.web.server.app_discovery import discover_asgi_app

ROOT = Path(__file__).resolve().parent.parent.parent


def test_streamlit_run_finds_the_application() -> None:
    found = discover_asgi_app(ROOT / "app.py")
    assert (found.is_asgi_app, found.import_string) == (True, "app:app")


def test_the_server_never_takes_the_pages_folder_for_its_navigation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PagesManager, "uses_pages_directory", None)
    monkeypatch.syspath_prepend(str(ROOT))
    with patch("streamlit.App") as application:
        importlib.import_module("app")
    sys.modules.pop("app")
    assert PagesManager.uses_pages_directory is False
    arguments = application.call_args.kwargs
    assert len(arguments["routes"]) > 10
    assert arguments["middleware"]
    assert arguments["lifespan"]
