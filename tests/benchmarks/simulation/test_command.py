from seep.cli.main import main


def test_simulate_prints_curves(folders, tiny_checkpoint, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("SEEP_OPENVINO", "0")
    figures = tmp_path / "loop.json"
    command = ["simulate", *map(str, folders), "--checkpoint", str(tiny_checkpoint), "--device", "cpu"]
    command += ["--start", "a", "--validation", "b", "--locked", "c", "--orders", "random"]
    assert main([*command, "--after", "2", "--crop", "32", "--json", str(figures)]) == 0
    told = capsys.readouterr().out
    assert "pool: d (3 tiles)" in told
    assert "2 fine-tunings:" in told
    assert figures.exists()


def test_simulate_refuses_what_cannot_be(folders, tiny_checkpoint, capsys):
    command = ["simulate", *map(str, folders), "--checkpoint"]
    assert main([*command, str(tiny_checkpoint), "--start", "a", "--locked", "a"]) == 1
    assert "named twice" in capsys.readouterr().err
    assert main([*command, str(tiny_checkpoint), "--orders", "best"]) == 1
    assert "likely_wrong" in capsys.readouterr().err
    assert main([*command, "start.pt"]) == 1
    assert ".safetensors" in capsys.readouterr().err
