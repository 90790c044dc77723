from seep.store import checkpoints, jobs
from seep.workflow.review.assignments import assign
from seep.workflow.workspace import Workspace
from tests.pages.conftest import Open, texts


def test_filters_come_from_the_address(filled: Workspace, open_page: Open) -> None:
    app = open_page("browse", scene="b", order="name")
    assert app.selectbox(key="filter-scene").value == "b"
    assert app.selectbox(key="filter-order").value == "name"


def test_filters_go_to_the_address(filled: Workspace, open_page: Open) -> None:
    app = open_page("browse")
    app.selectbox(key="filter-state").select("unreviewed").run()
    assert app.query_params["state"] == "unreviewed"
    app.selectbox(key="filter-state").set_value(None).run()
    assert "state" not in app.query_params


def test_a_value_that_does_not_exist_is_no_filter(filled: Workspace, open_page: Open) -> None:
    app = open_page("browse", scene="<b>nowhere</b>", state="lost")
    assert app.selectbox(key="filter-scene").value is None
    assert app.selectbox(key="filter-state").value is None
    assert "The address asks for scene '<b>nowhere</b>', state 'lost': those do not exist here" in texts(app)
    app.run()
    assert "those do not exist here" in texts(app)
    app.selectbox(key="filter-state").select("unreviewed").run()
    assert "not exist here" not in texts(app)


def test_no_match_is_said_and_nothing_can_be_reviewed(filled: Workspace, open_page: Open) -> None:
    app = open_page("browse", state="rejected")
    assert "No tile matches these filters" in texts(app)
    assert next(one for one in app.button if one.label == "Review in this order").disabled


def test_an_empty_workspace_leads_to_import(empty: Workspace, open_page: Open) -> None:
    assert "import a folder of images" in texts(open_page("browse"))


def test_each_order_is_explained_and_the_one_by_class_needs_a_class(
    filled: Workspace, open_page: Open
) -> None:
    assert "mean entropy of the seep probability" in texts(open_page("browse", order="useful"))
    without = texts(open_page("browse", order="class"))
    assert "No class is chosen in the filters, so all count. Largest predicted or drawn seep area" in without
    assert "Largest area of the class asked for" in texts(
        open_page("browse", order="class", **{"class": "1"})
    )


def test_the_order_by_the_image_head_is_offered_where_the_active_model_has_one(
    filled: Workspace, open_page: Open
) -> None:
    app = open_page("browse", order="has_something")
    assert "The address asks for order 'has_something': that does not exist here" in texts(app)
    assert app.selectbox(key="filter-order").value == "likely_wrong"
    with filled.store.transaction() as session:
        card = {"architecture": {"image_head": True}}
        made = checkpoints.add_checkpoint(
            session, name="headed", parent_id=None, run_id=None, weights_sha256="2" * 64, card=card,
            author="ada",
        )  # fmt: skip
        before = checkpoints.active_checkpoint(session)
        checkpoints.promote(session, made.id, "ada")
    app = open_page("browse", order="has_something")
    assert app.selectbox(key="filter-order").value == "has_something"
    assert "by the active model's image head" in texts(app)
    assert before is not None
    with filled.store.transaction() as session:
        checkpoints.promote(session, before.id, "ada")
    app.run()  # a session that still has the order in mind
    assert not app.exception
    assert app.selectbox(key="filter-order").value == "likely_wrong"


def test_tiles_are_filtered_by_whom_they_are_assigned_to(filled: Workspace, open_page: Open) -> None:
    assign(filled, [1, 2], "bob", "ada")
    app = open_page("browse", assigned="bob")
    assert app.selectbox(key="filter-assigned").value == "bob"
    assert "assigned" not in open_page("browse", assigned="cy").query_params


def test_an_empty_inbox_of_second_looks_can_be_filled(filled: Workspace, open_page: Open) -> None:
    app = open_page("browse", order="second_look")
    assert "No tile waits for a second look" in texts(app)
    next(one for one in app.button if one.label == "Compare reviewed tiles").click().run()
    assert not app.exception
    with filled.store.reading() as session:
        job = jobs.list_jobs(session, 1)[0]
    assert (job.kind, job.params["reviewed"]) == ("predict", True)
