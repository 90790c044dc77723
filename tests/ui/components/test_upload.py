from pathlib import Path

import pytest

from seep.io import containers, images
from seep.ui.components import upload

TEXT = (Path(upload.__path__[0]) / "frontend" / "text.js").read_text()


@pytest.mark.parametrize("kind", [*images.KINDS, *containers.KINDS])
def test_the_drop_zone_names_every_format_that_is_read(kind: str) -> None:
    (_, images_zone) = TEXT.split('title: "Images"')
    assert kind in images_zone.split("kinds:")[1].split('"')[1]
