"""The table of routes as an OpenAPI 3.1 document, for programs that generate clients."""

import inspect
import re
from collections.abc import Iterable
from typing import Any

from seep.web.request import Entry

_PARAMETER = re.compile(r"\{(\w+):(\w+)\}")
_SCHEMAS = {"id": {"type": "integer", "minimum": 1}, "path": {"type": "string"}}
_ERRORS = {
    "400": "Invalid parameter, header or body",
    "401": "Nobody is signed in",
    "403": "The role is too low",
}


def openapi_document(table: Iterable[Entry], server: str) -> dict[str, Any]:
    """Describe routes; the first sentence of each handler is the summary, `x-role` its lowest role.

    Args:
        server: base path of all routes.
    """
    paths: dict[str, dict[str, Any]] = {}
    for entry in table:
        paths.setdefault(_PARAMETER.sub(r"{\1}", entry.path), {})[entry.method.lower()] = _operation(entry)
    return {
        "openapi": "3.1.0",
        "info": {"title": "Seep", "version": "1", "description": "See docs/routes.md."},
        "servers": [{"url": server}],
        "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
        "paths": paths,
    }


def _operation(entry: Entry) -> dict[str, Any]:
    handler = entry.handler or entry.receiver
    module = (getattr(handler, "__module__", "") or "").rpartition(".")[2]
    operation: dict[str, Any] = {
        "operationId": f"{module}-{getattr(handler, '__name__', '').strip('_')}-{entry.method.lower()}",
        "summary": (inspect.getdoc(handler) or "").partition("\n")[0],
        "x-role": entry.role,
        "security": [] if entry.role == "public" else [{"token": []}],
        "responses": {"2XX": {"description": "Success"}}
        | {status: {"description": text} for status, text in _ERRORS.items()},
    }
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": _SCHEMAS[kind]}
        for name, kind in _PARAMETER.findall(entry.path)
    ]
    if parameters:
        operation["parameters"] = parameters
    if entry.method in {"POST", "PUT"} and (entry.body_bytes or entry.receiver):
        operation["requestBody"] = {"content": {"application/octet-stream": {}}, "required": True}
    return operation
