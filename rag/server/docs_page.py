"""``/docs``: the routes for programs as a page, made from what ``/openapi.json`` says.

No script and nothing from elsewhere; every word of the description is escaped.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from html import escape
from typing import Any

Schema = Mapping[str, Any]

_STYLE = """
:root { color-scheme: light dark; --line: #8885; --soft: #8882; --ink: #1f5fbf; }
@media (prefers-color-scheme: dark) { :root { --ink: #8ab8ff; } }
body { font: 16px/1.65 system-ui, "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei", sans-serif;
  max-width: 54rem; margin: 2.5rem auto; padding: 0 1.2rem; overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; margin: 0 0 .3rem; } h2 { font-size: 1.05rem; margin: 0; }
section { border-top: 1px solid var(--line); padding: 1.4rem 0 .6rem; }
h2 b { display: inline-block; min-width: 3.4rem; font-size: .85rem; letter-spacing: .04em; }
code, pre { font: .9em/1.55 ui-monospace, Menlo, Consolas, monospace; }
pre { background: var(--soft); border-radius: .5rem; padding: .8rem 1rem; overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: .93rem; }
th, td { text-align: left; vertical-align: top; padding: .3rem .8rem .3rem 0;
  border-bottom: 1px solid var(--line); font-weight: 400; }
thead th { font-size: .85rem; font-weight: 600; }
a { color: var(--ink); }
"""


def docs_page(description: Schema, base: str) -> str:
    """Return the page.

    Args:
        description: the OpenAPI description.
        base: the address that the examples call, without a slash at its end.
    """
    title = f"{description['info']['title']} {description['info']['version']}"
    routes = "".join(
        _route(description, base, path, method, operation)
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head>'
        f"<body><main><h1>{escape(title)}</h1><p>The routes for programs. As a machine reads them: "
        '<a href="openapi.json">openapi.json</a>. MCP clients find the same at '
        "<code>/gradio_api/mcp/</code>. With a password set, send it as bearer token.</p>"
        f"{routes}</main></body></html>\n"
    )


def _route(description: Schema, base: str, path: str, method: str, operation: Schema) -> str:
    body = _body(description, operation)
    fields = _fields(description, body) if body else ""
    return (
        f'<section id="{escape(operation.get("operationId", path))}"><h2><b>{method.upper()}</b> '
        f"<code>{escape(path)}</code></h2><p>{escape(operation.get('summary', ''))}. "
        f"{_prose(operation.get('description', ''))}</p>{fields}"
        f'<pre tabindex="0"><code>{escape(_command(description, base + path, method, body))}'
        "</code></pre></section>"
    )


def _prose(text: str) -> str:
    """Return a description as HTML; what stands between back quotes is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def _body(description: Schema, operation: Schema) -> Schema | None:
    content = operation.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema")
    return None if schema is None else _resolved(description, schema)


def _resolved(description: Schema, schema: Schema) -> Schema:
    """Follow a reference to where the schema stands."""
    if "$ref" not in schema:
        return schema
    found: Any = description
    for part in schema["$ref"].removeprefix("#/").split("/"):
        found = found[part]
    resolved: Schema = found
    return resolved


def _fields(description: Schema, body: Schema) -> str:
    wanted = set(body.get("required", ()))
    rows = "".join(
        f"<tr><td><code>{escape(name)}</code></td><td>{escape(_kind(description, schema))}</td>"
        f"<td>{'required' if name in wanted else 'optional'}</td></tr>"
        for name, schema in body.get("properties", {}).items()
    )
    head = '<th scope="col">Field</th><th scope="col">Kind</th><th scope="col">Given</th>'
    return f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _kind(description: Schema, schema: Schema) -> str:
    resolved = _resolved(description, schema)
    if "anyOf" in resolved:
        kinds = (_kind(description, part) for part in resolved["anyOf"])
        return " or ".join(kind for kind in kinds if kind != "null")
    if resolved.get("type") == "array":
        return f"list of {_kind(description, resolved.get('items', {}))}"
    return str(resolved.get("type", "object"))


def _command(description: Schema, address: str, method: str, body: Schema | None) -> str:
    """Return a command line that calls the route."""
    if method != "post" or body is None:
        return f"curl {shlex.quote(address)}"
    required = body.get("required", ())
    example = {
        name: _example(description, schema)
        for name, schema in body.get("properties", {}).items()
        if name in required
    }
    data = json.dumps(example, ensure_ascii=False)
    return (
        f"curl {shlex.quote(address)} -H 'Content-Type: application/json' \\\n"
        f"  -d {shlex.quote(data)}"
    )


def _example(description: Schema, schema: Schema) -> Any:
    """Return a value of the schema: the example that it gives, or the plainest there is."""
    resolved = _resolved(description, schema)
    if resolved.get("examples"):
        return resolved["examples"][0]
    if "anyOf" in resolved:
        return _example(description, resolved["anyOf"][0])
    if "enum" in resolved:
        return "user" if "user" in resolved["enum"] else resolved["enum"][0]
    kind = resolved.get("type", "object")
    if kind == "array":
        return [_example(description, resolved.get("items", {}))]
    if kind == "object":
        required = resolved.get("required", ())
        return {
            name: _example(description, part)
            for name, part in resolved.get("properties", {}).items()
            if name in required
        }
    return {"string": "What is CLIP?", "integer": 8, "number": 1.0, "boolean": False}.get(kind)
