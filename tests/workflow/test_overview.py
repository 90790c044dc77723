import json

from seep.workflow.inference.tiles import enqueue_predict
from seep.workflow.jobs import list_jobs
from seep.workflow.overview import iou_of, overview
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


def test_cards_tell_their_iou_in_either_form() -> None:
    assert iou_of({"binary_iou": 0.4}) == {"iou": 0.4, "low": None, "high": None, "scenes": None}
    long = {"figures": {"binary_iou": 0.4}, "intervals": {"binary_iou": [0.3, 0.5]}, "scenes": 3}
    assert iou_of(long) == {"iou": 0.4, "low": 0.3, "high": 0.5, "scenes": 3}
    short = {"binary_iou": 0.4, "binary_iou_interval": [0.3, 0.5], "binary_iou_per_scene": {"a": 0.4}}
    assert iou_of(short) == {"iou": 0.4, "low": 0.3, "high": 0.5, "scenes": 1}
    assert iou_of(None) is iou_of({}) is iou_of({"figures": None}) is None
