import json

from research.simulation.__main__ import main


def test_the_table_ends_in_json(folders, tiny_checkpoint, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("SEEP_OPENVINO", "0")
    figures = tmp_path / "loop.json"
    command = [*map(str, folders), "--checkpoint", str(tiny_checkpoint), "--device", "cpu"]
    command += ["--start", "a", "--validation", "b", "--test", "c", "--orders", "random"]
    assert main([*command, "--after", "2", "--crop", "32", "--json", str(figures)]) == 0
    *lines, last = capsys.readouterr().out.splitlines()
    printed = json.loads(last)
    assert "pool: d (3 tiles)" in lines
    assert printed["scenes"]["pool"] == ["d"]
    assert [point["tiles"] for point in printed["curves"][0]["points"]] == [0, 2, 3]
    assert json.loads(figures.read_text()) == printed


def test_invalid_options_are_refused_with_a_sentence(folders, tiny_checkpoint, capsys):
    command = [*map(str, folders), "--checkpoint"]
    assert main([*command, str(tiny_checkpoint), "--start", "a", "--test", "a"]) == 1
    assert "named twice" in capsys.readouterr().err
    assert main([*command, str(tiny_checkpoint), "--orders", "best"]) == 1
    assert "likely_wrong" in capsys.readouterr().err
    assert main([*command, "start.pt"]) == 1
    assert ".safetensors" in capsys.readouterr().err
