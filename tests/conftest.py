"""What all tests share: two torch threads at most, no compiling, and settings read anew in each test."""

import os
from collections.abc import Iterator

import hypothesis
import pytest

os.environ.setdefault("OMP_NUM_THREADS", "2")
# Compiling the tiny networks of tests takes longer than running them; what tests OpenVINO asks for it.
os.environ.setdefault("SEEP_OPENVINO", "0")

from seep.settings import settings

# A machine that others share may stand still in the middle of an example.
hypothesis.settings.register_profile(
    "seep", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("seep")


@pytest.fixture(autouse=True)
def fresh_settings() -> Iterator[None]:
    settings.cache_clear()
    yield
    settings.cache_clear()
