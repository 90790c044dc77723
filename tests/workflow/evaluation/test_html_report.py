from seep.core.metrics.model_metrics import Interval, Metrics, SceneMetrics
from seep.workflow.evaluation.accumulator import WorstPicture
from seep.workflow.evaluation.html_report import render_report

MATRIX = [[90, 5], [2, 40]]
METRICS = Metrics(
    scenes=1,
    tiles=2,
    binary_iou=0.85,
    binary_iou_interval=Interval(0.8, 0.9),
    iou_per_class=(0.9, 0.85),
    matrix=MATRIX,
    per_scene={"north": SceneMetrics(2, 0.85, MATRIX)},
)
WORST = [WorstPicture("<i>tile", 0.25, {"image": "data:,a", "mask": "data:,b", "prediction": "data:,c"})]


def test_report_escapes_names_and_fetches_nothing() -> None:
    page = render_report("<b>model", METRICS, WORST, without_mask=3)
    body = page[page.index("<body>") :]
    assert "<h1>&lt;b&gt;model</h1>" in body
    assert "2 tiles of 1 scene; 3 images without a mask skipped." in body
    assert '<img alt="&lt;i&gt;tile, mask" src="data:,b">' in body
    assert 'src="http' not in page
    assert 'href="http' not in body
