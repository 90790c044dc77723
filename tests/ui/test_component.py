"""The stub that stands between Streamlit and our modules."""

import pytest

from seep.ui.component import component, module_address, stub
from seep.web.static import bundle


def test_the_address_carries_the_hash_and_the_base_path(monkeypatch: pytest.MonkeyPatch) -> None:
    assert module_address("gallery/frontend/main.js") == f"/seep/ui/{bundle().hash}/gallery/frontend/main.js"
    monkeypatch.setattr("seep.ui.component.base_path", lambda: "/oil")
    assert module_address("gallery/frontend/main.js").startswith("/oil/seep/ui/")


def test_the_stub_is_code_and_not_a_path() -> None:
    code = stub("gallery/frontend/main.js")
    assert "\n" in code
    assert module_address("gallery/frontend/main.js") in code
    assert "export default" in code


def test_a_component_is_registered_once() -> None:
    assert component("test_component", "gallery/frontend/main.js") is component(
        "test_component", "gallery/frontend/main.js"
    )
