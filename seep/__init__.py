"""Seep: find, correct and learn oil seeps in SAR images.

The names below are the public API; everything else may change between versions. They are loaded when they are
first used, so `import seep` takes milliseconds and loads neither torch nor Streamlit.

Example:
    >>> import numpy as np, seep
    >>> prediction = seep.predict(np.full((64, 64), 500, np.uint16))
    >>> prediction.mask.shape
    (64, 64)
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str
    from seep.api import Run, Workspace, evaluate, open_workspace, predict, predict_folder, train
    from seep.core.synthesis.scene import synthesize_scene
    from seep.errors import SeepError
    from seep.workflow.evaluation.folders import FolderEvaluation
    from seep.workflow.exports.exporter import ExportReport
    from seep.workflow.imports.importer import ImportReport
    from seep.workflow.inference.folders import FolderReport
    from seep.workflow.inference.single_images import Prediction
    from seep.workflow.training.from_scratch import TrainingReport

__all__ = [
    "ExportReport",
    "FolderEvaluation",
    "FolderReport",
    "ImportReport",
    "Prediction",
    "Run",
    "SeepError",
    "TrainingReport",
    "Workspace",
    "evaluate",
    "open_workspace",
    "predict",
    "predict_folder",
    "synthesize_scene",
    "train",
]

_MODULES = {
    "ExportReport": "seep.workflow.exports.exporter",
    "FolderEvaluation": "seep.workflow.evaluation.folders",
    "FolderReport": "seep.workflow.inference.folders",
    "ImportReport": "seep.workflow.imports.importer",
    "Prediction": "seep.workflow.inference.single_images",
    "SeepError": "seep.errors",
    "TrainingReport": "seep.workflow.training.from_scratch",
    "synthesize_scene": "seep.core.synthesis.scene",
}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return import_module("seep.settings").VERSION
    if name not in __all__:
        raise AttributeError(f"module 'seep' has no attribute {name!r}")
    value = getattr(import_module(_MODULES.get(name, "seep.api")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
