"""The quickstart notebook runs, and is stored without outputs."""

from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

CELL_S = 600
NOTEBOOK = Path(__file__).parents[1] / "docs" / "notebooks" / "quickstart.ipynb"


@pytest.fixture
def notebook() -> nbformat.NotebookNode:
    return nbformat.read(NOTEBOOK, as_version=4)


def test_the_notebook_is_stored_without_outputs(notebook: nbformat.NotebookNode) -> None:
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert cells
    assert all(not cell.outputs and cell.execution_count is None for cell in cells)


@pytest.mark.timeout(2 * CELL_S)
@pytest.mark.filterwarnings("default")  # those of Jupyter
def test_the_notebook_runs(
    notebook: nbformat.NotebookNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("PYTHONPATH", str(NOTEBOOK.parents[2]))
    monkeypatch.setenv("SEEP_DEVICE", "cpu")
    NotebookClient(notebook, timeout=CELL_S, resources={"metadata": {"path": str(tmp_path)}}).execute()
    results = [
        " ".join(output["data"]["text/plain"].split())
        for cell in notebook.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if output.output_type == "execute_result"
    ]
    assert results[0].startswith("((128, 128), dtype('uint8'), 0.")
    assert results[1].startswith("(8, 0.")
    assert results[2].startswith("(8, 'inconclusive', '")
    assert results[3].startswith("('seep-base")
    assert results[4].startswith("(8, ['")
