"""Every tool of Review in the middle of its work."""

from docs.screenshots.camera import Camera
from docs.screenshots.slicks import DemoSlick, Point, demo_slicks, tile_of_two_slicks
from docs.screenshots.staging import tile_called
from seep.workflow.workspace import Workspace

MARGIN_PX = 9


def take_tools(camera: Camera, workspace: Workspace) -> None:
    """Take the tools one after the other; each gesture is undone or abandoned afterward."""
    tile = tile_of_two_slicks(workspace)
    slick, other = demo_slicks(workspace, tile)[:2]
    camera.surface.open(tile_called(workspace, tile))
    camera.settle()
    notice = camera.page.locator(".notice").get_by_role("button", name="Close")
    if notice.is_visible():  # of a draft, where the chapter was taken before
        notice.click()
    # Tools are told apart best where nothing is painted yet.
    clear(camera)
    brushes(camera, slick)
    outlines(camera, slick)
    by_value(camera, slick)
    tracer(camera, slick)
    undo(camera, 1)
    camera.settle()
    select(camera, slick, other)
    unsure(camera, slick)
    camera.surface.wait("saved", "clean")


def undo(camera: Camera, steps: int) -> None:
    """Take back that many gestures."""
    for _ in range(steps):
        camera.page.keyboard.press("Control+z")


def clear(camera: Camera) -> None:
    """Take every slick out, as one step of undo."""
    camera.surface.press("s")
    camera.surface.drag((255, 1), (1, 255), steps=4)  # the options of the tool lie over the other corner
    camera.surface.press("Delete", "Escape")


def brushes(camera: Camera, slick: DemoSlick) -> None:
    """Brush and eraser."""
    surface = camera.surface
    surface.press("b", "1")
    surface.drag(*slick.path()[:5], steps=6)
    camera.page.mouse.move(*surface.screen(*slick.at(0.8)))
    camera.take("tool-brush")
    surface.press("e")
    across = (slick.at(0.45, -2 * MARGIN_PX), slick.at(0.45, 2 * MARGIN_PX))
    surface.drag(*across, steps=4)
    camera.page.mouse.move(*surface.screen(*across[1]))
    camera.take("tool-eraser")
    undo(camera, 2)


def outlines(camera: Camera, slick: DemoSlick) -> None:
    """Lasso, polygon and fill."""
    surface = camera.surface
    around = slick.outline(MARGIN_PX)
    surface.press("l", "1")
    camera.page.mouse.move(*surface.screen(*around[0]))
    camera.page.mouse.down()
    for point in around[1:-1]:
        camera.page.mouse.move(*surface.screen(*point), steps=4)
    camera.take("tool-lasso")
    camera.page.keyboard.press("Escape")
    camera.page.mouse.up()
    surface.press("p")
    clicks(camera, *around[:-3])
    camera.page.mouse.move(*surface.screen(*around[-3]))
    camera.take("tool-polygon")
    surface.press("Escape", "b", "1", "[", "[", "[", "[")
    surface.drag(*around, around[0], steps=5)
    surface.press("f")
    surface.page.mouse.click(*surface.screen(*slick.at(0.5)))
    camera.take("tool-fill")
    surface.press("b", "]", "]", "]", "]")
    undo(camera, 2)


def by_value(camera: Camera, slick: DemoSlick) -> None:
    """Wand and threshold brush, which look at the pixels."""
    surface = camera.surface
    x, y = slick.at(0.3)
    surface.press("w", "1")
    camera.page.locator(".options").get_by_role("button", name="5 × 5").click()
    camera.page.mouse.move(*surface.screen(x, y))
    camera.page.mouse.down()
    camera.page.mouse.move(*surface.screen(x - 10, y), steps=4)
    camera.take("tool-wand")
    camera.page.mouse.up()
    undo(camera, 1)
    surface.press("t")
    for _ in range(3):
        surface.press("]")
    surface.drag(*slick.path(), steps=6)
    camera.page.mouse.move(*surface.screen(*slick.at(1)))
    camera.take("tool-threshold-brush")
    for _ in range(3):
        surface.press("[")
    undo(camera, 1)


def tracer(camera: Camera, slick: DemoSlick) -> None:
    """The tracer's preview after two clicks, on the way to the third."""
    surface = camera.surface
    surface.press("x", "1")
    clicks(camera, slick.at(0), slick.at(0.6))
    camera.page.mouse.move(*surface.screen(*slick.at(1)), steps=8)
    camera.take("tool-tracer", 900)
    surface.press("Escape")


def select(camera: Camera, slick: DemoSlick, other: DemoSlick) -> None:
    """Two slicks selected, with what can be done to them."""
    surface = camera.surface
    surface.press("s")
    camera.page.mouse.click(*surface.screen(*slick.at(0.5)))
    camera.page.keyboard.down("Control")
    camera.page.mouse.click(*surface.screen(*other.at(0.5)))
    camera.page.keyboard.up("Control")
    camera.page.mouse.move(*surface.screen(*slick.at(0.5, 3 * MARGIN_PX)))
    camera.take("tool-select")
    surface.press("Escape")


def unsure(camera: Camera, slick: DemoSlick) -> None:
    """The end of a slick that nobody can tell from the sea."""
    surface = camera.surface
    beyond = [slick.at(1), slick.at(1.12), slick.at(1.3, MARGIN_PX)]
    surface.press("b", "u")
    surface.drag(*beyond, steps=6)
    camera.page.mouse.move(*surface.screen(*beyond[-1]))
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
