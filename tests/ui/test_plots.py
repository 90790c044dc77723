import plotly.graph_objects as go
import plotly.io

from seep.ui import plots
from seep.workflow.overview import ClassBalance, DailyReviews, VersionQuality


def test_progress_adds_up_by_person_and_labels_the_end() -> None:
    rows = [
        DailyReviews("2026-03-02", "Ana", 3),
        DailyReviews("2026-03-01", "Ana", 2),
        DailyReviews("2026-03-01", "<b>Jo</b>", 1),
    ]
    figure = plots.progress(rows)
    assert [list(trace.y) for trace in figure.data] == [[2, 5], [1, 1]]
    assert [one.text for one in figure.layout.annotations] == ["● Ana 5", "■ &lt;b&gt;Jo&lt;/b&gt; 1"]


def test_the_marks_of_a_single_day_stand_beside_its_dots_only_once() -> None:
    figure = plots.progress([DailyReviews("2026-03-01", "Ana", 2), DailyReviews("2026-03-01", "Jo", 1)])
    assert [one.text for one in figure.layout.annotations] == ["Ana 2", "Jo 1"]


def test_class_balance_takes_the_classes_colors() -> None:
    rows = [
        ClassBalance(1, "Thick", "#e69f00", tiles=4, reviewed_tiles=3),
        ClassBalance(2, "Thin", "#56b4e9", tiles=0, reviewed_tiles=0),
    ]
    reviewed, others = plots.class_balance(rows).data
    assert list(reviewed.marker.color) == list(others.marker.color) == ["#e69f00", "#56b4e9"]
    assert list(reviewed.x) == [3, 0]
    assert list(others.x) == [1, 0]
    assert list(others.text) == ["3 of 4", "0"]


def test_a_kept_figure_gives_the_same_chart_each_time() -> None:
    rows = [ClassBalance(1, "Thick", "#e69f00", tiles=4, reviewed_tiles=4)]
    figure = plots.class_balance(rows)
    sent = [plotly.io.to_json(figure.to_dict(), validate=False) for _ in range(2)]
    assert sent == [plotly.io.to_json(go.Figure(figure), validate=False)] * 2
    figure.to_dict()["data"][0].pop("x")  # as Plotly takes away the names of traces
    assert list(figure.to_dict()["data"][0]["x"]) == [4]
    assert plots.class_balance(rows) is figure


def test_quality_marks_the_active_version_and_draws_known_intervals() -> None:
    rows = [
        VersionQuality(1, "a", "", False, "test", 0.4, low=0.3, high=0.45, few_scenes=False, scenes=3),
        VersionQuality(3, "c", "", True, "validation", 0.5, low=None, high=None, few_scenes=True, scenes=2),
    ]
    dots = plots.quality(rows).data[0]
    assert list(dots.x) == ["a", "c"]
    assert [text.strip() for text in dots.text] == ["0.40", "0.50 active"]
    assert list(dots.error_y.arrayminus) == [0.4 - 0.3, 0]


def test_a_curve_without_points_draws_an_empty_plot() -> None:
    figure = plots.curve({"loss": []}, "step", "loss", 60)
    assert len(figure.data) == 0
    assert tuple(figure.layout.xaxis.range) == (0, 60)


def test_markers_at_the_ends_of_the_axes_are_not_cut() -> None:
    figure = plots.curve({"a": [(0, 0.5), (60, 0.4)], "b": [(60, 0.0)]}, "step", "loss", 60)
    assert [trace.cliponaxis for trace in figure.data] == [False, False]


def test_curves_differ_in_their_markers_and_labels_repeat_them() -> None:
    figure = plots.curve({"a": [(1, 0.5)], "b": [(1, 0.2)]}, "step", "loss")
    assert [trace.marker.symbol for trace in figure.data] == ["circle", "square"]
    labels = [one.text for one in figure.layout.annotations]
    assert "●" in labels[0]
    assert "■" in labels[1]


def test_every_axis_that_has_a_unit_names_it() -> None:
    figure = plots.curve({"loss": [(1, 0.5)]}, "step", "loss")
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("step", "loss")


def test_versus_pairs_only_what_both_have() -> None:
    rows = [{"name": "a", "old": 0.2, "new": 0.3}, {"name": "b", "old": None, "new": 0.1}]
    figure = plots.versus(rows, "old", "new")
    assert sum(trace.mode == "lines" for trace in figure.data) == 1
    assert figure.layout.yaxis.categoryarray == ("a", "b")


def test_versus_says_why_a_class_stands_at_0() -> None:
    figure = plots.versus([{"name": "a", "old": 0.0, "new": 0.0, "note": "none found"}], "old", "new")
    assert [(one.y, one.text) for one in figure.layout.annotations] == [("a", "none found")]


def test_labels_of_ends_that_lie_close_do_not_overlap_and_stay_inside() -> None:
    figure = plots.curve({"a": [(1, 0.4)], "b": [(1, 0.401)], "c": [(1, 0.1)]}, "step", "IoU")
    lift = {one.text.split()[-2]: one.yshift for one in figure.layout.annotations}
    assert lift["c"] == 0
    assert 13 < lift["b"] - lift["a"] < 16
    assert lift["b"] <= 10


def test_a_label_of_two_lines_is_not_cut_at_the_top() -> None:
    figure = plots.curve({"a": [(1, 0.4)], "b": [(1, 0.39)]}, "step", "IoU")
    above = (0.4 / 1.05 / 0.4) * (200 - 56) + max(one.yshift for one in figure.layout.annotations)
    assert above + 15 <= 200 - 56 + figure.layout.margin.t


def test_a_curve_is_held_against_a_labeled_dashed_line() -> None:
    figure = plots.curve({"binary": [(4, 0.4)]}, "step", "IoU", 8, {"binary": ("base", 0.55)})
    (line,) = figure.layout.shapes
    assert (line.y0, line.y1, line.line.dash) == (0.55, 0.55, "dash")
    assert line.line.color == figure.data[0].line.color
    assert figure.layout.yaxis.range[1] > 0.55  # seen, though the curve is below it
    assert "base<br>0.550" in figure.layout.annotations[1].text


def test_references_of_two_curves_differ_in_more_than_color() -> None:
    levels = {"binary": ("base", 0.55), "classes": ("base", 0.2)}
    figure = plots.curve({"binary": [(4, 0.4)], "classes": [(4, 0.3)]}, "step", "IoU", 8, levels)
    marks = [one.text.split(">")[1].split("<")[0] for one in figure.layout.annotations]
    assert marks == ["●", "■", "┄●", "┄■"]


def test_before_the_first_epoch_only_the_line_is_there() -> None:
    figure = plots.curve({"binary": []}, "step", "IoU", 8, {"binary": ("base", 0.55)})
    assert not figure.data
    assert len(figure.layout.shapes) == len(figure.layout.annotations) == 1


def test_references_of_curves_without_points_name_the_curves() -> None:
    levels = {"binary": ("base", 0.55), "classes": ("base", 0.2)}
    figure = plots.curve({"binary": [], "classes": []}, "step", "IoU", 8, levels)
    labels = [one.text.split("</span> ")[1] for one in figure.layout.annotations]
    assert labels == ["base, binary 0.550", "base, classes 0.200"]


def test_names_of_curves_are_shown_letter_for_letter() -> None:
    figure = plots.curve({"<b>": [(1, 0.4)]}, "step", "IoU")
    assert "&lt;b&gt;<br>0.400" in figure.layout.annotations[0].text
