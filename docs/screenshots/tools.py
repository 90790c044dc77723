"""Every tool of Review in the middle of its work."""

from docs.screenshots.camera import Camera
from docs.screenshots.staging import tile_called
from seep.workflow.workspace import Workspace

TILE = "demo-05.000003"
"""Thin slicks of one class, among them one from the left border at (5, 143) to (155, 163)."""

Point = tuple[float, float]
SLICK: list[Point] = [(3, 141), (40, 132), (70, 142), (100, 152), (130, 160), (156, 164)]


def take_tools(camera: Camera, workspace: Workspace) -> None:
    """Take the tools one after the other; each gesture is undone or abandoned afterward."""
    camera.surface.open(tile_called(workspace, TILE))
    camera.settle()
    notice = camera.page.locator(".notice").get_by_role("button", name="Close")
    if notice.is_visible():  # of a draft, where the chapter was taken before
        notice.click()
    # Tools are told apart best where nothing is painted yet.
    clear(camera)
    brushes(camera)
    outlines(camera)
    by_value(camera)
    tracer(camera)
    undo(camera, 1)
    camera.settle()
    select(camera)
    unsure(camera)
    camera.surface.wait("saved", "clean")


def undo(camera: Camera, steps: int) -> None:
    """Take back that many gestures."""
    for _ in range(steps):
        camera.page.keyboard.press("Control+z")


def clear(camera: Camera) -> None:
    """Take every slick out, as one step of undo."""
    camera.surface.press("s")
    camera.surface.drag((1, 1), (255, 255), steps=4)
    camera.surface.press("Delete", "Escape")


def brushes(camera: Camera) -> None:
    """Brush and eraser."""
    surface = camera.surface
    surface.press("b", "1")
    surface.drag(*SLICK[:5], steps=6)
    camera.page.mouse.move(*surface.screen(*SLICK[4]))
    camera.take("tool-brush")
    surface.press("e")
    surface.drag((60, 130), (90, 156), steps=4)
    camera.page.mouse.move(*surface.screen(90, 156))
    camera.take("tool-eraser")
    undo(camera, 2)


def outlines(camera: Camera) -> None:
    """Lasso, polygon and fill."""
    surface = camera.surface
    around: list[Point] = [(2, 132), (40, 124), (72, 134), (104, 146), (150, 156), (160, 164), (140, 170)]
    surface.press("l", "1")
    camera.page.mouse.move(*surface.screen(*around[0]))
    camera.page.mouse.down()
    for point in [*around[1:], (100, 162), (66, 150), (40, 140)]:
        camera.page.mouse.move(*surface.screen(*point), steps=4)
    camera.take("tool-lasso")
    camera.page.keyboard.press("Escape")
    camera.page.mouse.up()
    surface.press("p")
    clicks(camera, *around, (100, 162))
    camera.page.mouse.move(*surface.screen(60, 150))
    camera.take("tool-polygon")
    surface.press("Escape", "b", "1", "[", "[", "[", "[")
    ring = [
        (4.0, 130.0),
        (40, 122),
        (74, 134),
        (150, 156),
        (158, 166),
        (140, 172),
        (66, 152),
        (4, 152),
        (4, 130),
    ]
    surface.drag(*ring, steps=5)
    surface.press("f")
    surface.page.mouse.click(*surface.screen(60, 143))
    camera.take("tool-fill")
    surface.press("b", "]", "]", "]", "]")
    undo(camera, 2)


def by_value(camera: Camera) -> None:
    """Wand and threshold brush, which look at the pixels."""
    surface = camera.surface
    surface.press("w", "1")
    camera.page.locator(".options").get_by_role("button", name="5 × 5").click()
    camera.page.mouse.move(*surface.screen(45, 134))
    camera.page.mouse.down()
    camera.page.mouse.move(*surface.screen(35, 134), steps=4)
    camera.take("tool-wand")
    camera.page.mouse.up()
    undo(camera, 1)
    surface.press("t")
    for _ in range(3):
        surface.press("]")
    surface.drag(*SLICK, steps=6)
    camera.page.mouse.move(*surface.screen(*SLICK[-1]))
    camera.take("tool-threshold-brush")
    for _ in range(3):
        surface.press("[")
    undo(camera, 1)


def tracer(camera: Camera) -> None:
    """The tracer's preview after two clicks, on the way to the third."""
    surface = camera.surface
    surface.press("x", "1")
    clicks(camera, (4, 141), (100, 152))
    camera.page.mouse.move(*surface.screen(154, 163), steps=8)
    camera.take("tool-tracer", 900)
    surface.press("Escape")


def select(camera: Camera) -> None:
    """Two slicks selected, with what can be done to them."""
    surface = camera.surface
    surface.press("s")
    camera.page.mouse.click(*surface.screen(45, 130))
    camera.page.keyboard.down("Control")
    camera.page.mouse.click(*surface.screen(200, 28))
    camera.page.keyboard.up("Control")
    camera.page.mouse.move(*surface.screen(150, 100))
    camera.take("tool-select")
    surface.press("Escape")


def unsure(camera: Camera) -> None:
    """The end of a slick that nobody can tell from the sea."""
    surface = camera.surface
    surface.press("b", "u")
    surface.drag((156, 162), (176, 168), (200, 164), steps=6)
    camera.page.mouse.move(*surface.screen(200, 164))
    camera.take("tool-unsure")
    undo(camera, 1)
    surface.press("1")


def clicks(camera: Camera, *points: Point) -> None:
    """Click one place after the other, too slowly for a double click."""
    for point in points:
        camera.page.mouse.move(*camera.surface.screen(*point), steps=3)
        camera.page.mouse.down()
        camera.page.mouse.up()
        camera.page.wait_for_timeout(420)
