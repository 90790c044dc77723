import plotly.graph_objects as go
from plotly.graph_objs.layout import Annotation

from seep.ui.finetune.run_plots import Axis, parallel
from seep.ui.theme import GRAY, SERIES


def names_at_ends(figure: go.Figure) -> dict[str, Annotation]:
    """Annotations that name a line, by the name."""
    return {
        one.text.rpartition("</span> ")[2]: one for one in figure.layout.annotations if "</span>" in one.text
    }


AXES = [
    Axis("<b>tiles", [7, 7, 7], ["7", "7", "7"]),
    Axis("rate", [-4.0, -3.0, -4.0], ["0.0001", "0.001", "0.0001"], {-4.0: "0.0001", -3.0: "0.001"}),
    Axis("gain", [0.1, None, 0.3], ["+0.1", "–", "+0.3"]),
]


def test_each_row_is_a_line_and_those_that_are_marked_have_colors() -> None:
    figure = parallel(AXES, ["run 1", "run 2", "run 3"], [2, 0])
    colors = {trace.hovertemplate.split("<br>")[0]: trace.line.color for trace in figure.data}
    assert colors == {"run 1": SERIES[1], "run 2": GRAY, "run 3": SERIES[0]}
    assert set(names_at_ends(figure)) == {"run 1", "run 3"}


def test_a_line_is_named_where_it_ends() -> None:
    names = names_at_ends(parallel(AXES, ["a", "b", "c"], [0, 1]))
    assert (names["a"].x, names["b"].x) == (2, 1)
    assert SERIES[1] in names["b"].text


def test_names_of_lines_that_end_in_one_place_stand_apart() -> None:
    level = Axis("gain", [0.3, 0.3, 0.1], ["+0.3", "+0.3", "+0.1"])
    names = names_at_ends(parallel([AXES[0], level], ["a", "b", "c"], [0, 1, 2]))
    assert abs(names["a"].yshift - names["b"].yshift) >= 15
    assert names["c"].yshift == 0


def test_places_on_an_axis_run_from_its_lowest_to_its_highest() -> None:
    lines = {
        trace.hovertemplate[:5]: list(trace.y) for trace in parallel(AXES, ["run 1", "run 2", "run 3"]).data
    }
    assert lines["run 1"] == [0.5, 0.0, 0.0]
    assert lines["run 2"] == [0.5, 1.0, None]


def test_labels_are_shown_letter_for_letter_and_ends_are_named() -> None:
    written = [one.text for one in parallel(AXES, ["a", "b", "c"]).layout.annotations]
    assert "&lt;b&gt;tiles" in written
    assert {"0.0001", "0.001", "+0.1", "+0.3"} <= set(written)
