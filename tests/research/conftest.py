from dataclasses import replace

import pytest

from seep.engine import presets


@pytest.fixture
def small_preset(monkeypatch: pytest.MonkeyPatch) -> None:
    """The preset `seep` with a network and crops that are small enough for a test; torch predicts."""
    monkeypatch.setenv("SEEP_OPENVINO", "0")
    seep = presets.PRESETS["seep"]
    stage = replace(seep.stages[0], batch_size=2, crop_px=32)
    small = replace(seep, network=replace(seep.network, width=4, levels=2), stages=(stage,))
    monkeypatch.setitem(presets.PRESETS, "seep", small)
