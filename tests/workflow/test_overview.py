import json

from seep.workflow.inference.tiles import enqueue_predict
from seep.workflow.jobs import list_jobs
from seep.workflow.overview import overview
from seep.workflow.workspace import Workspace
from tests.workflow.making import accept, split_of


def test_an_empty_workspace_asks_for_tiles(workspace: Workspace) -> None:
    found = overview(workspace)
    assert found["sentence"] == "No tiles yet."
    assert found["next_step"] == {"text": "Import tiles", "page": "data"}
    assert json.loads(json.dumps(found)) == found


def test_the_sentence_says_where_things_stand(workspace: Workspace, tiles: list[int]) -> None:
    accept(workspace, tiles[0], "bo", stripe=1)
    enqueue_predict(workspace, "ada")
    found = overview(workspace)
    assert found["sentence"] == (
        "1 of 12 tiles reviewed; 1 of them new to the model; tiny active; prediction queued, 0%."
    )
    assert found["next_step"] == {"text": "Continue review", "page": "review"}
    assert [(day["author"], day["tiles"]) for day in found["by_day"]] == [("bo", 1)]
    assert found["running"][0]["id"] == list_jobs(workspace)[0].id
    assert next(one for one in found["classes"] if one["id"] == 1)["tiles"] >= 1
    assert json.loads(json.dumps(found)) == found


def test_what_to_do_next_follows_the_state(workspace: Workspace, tiles: list[int]) -> None:
    assert overview(workspace)["next_step"] == {"text": "Predict the open tiles", "page": "browse"}
    for tile in tiles:
        accept(workspace, tile)
    train = sum(split_of(workspace, tile) == "train" for tile in tiles)
    assert overview(workspace)["next_step"] == {
        "text": f"Fine-tune on {train} reviewed tiles",
        "page": "finetune",
    }
