"""Masks from other tools' annotations: COCO, YOLO, GeoJSON, Label Studio, CVAT; a module a format."""

from seep.io.annotations.reading import Annotations, is_annotation, read_annotations
from seep.io.annotations.shapes import Drawing, drawn

__all__ = ["Annotations", "Drawing", "drawn", "is_annotation", "read_annotations"]
