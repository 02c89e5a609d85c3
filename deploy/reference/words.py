"""The texts of the OpenAPI document in HTML: the little Markdown that it has, code, and JSON."""

import html
import json
import re


def escape(text):
    return html.escape(str(text), quote=True)


def inline(text):
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))


def prose(text):
    """Paragraphs and lists. Calls in a shell are left out: each operation has one of its own."""
    text = re.sub(r"```sh\n.*?```", "", text, flags=re.S)
    output = []
    for paragraph in re.split(r"\n\s*\n", text):
        if listed(paragraph):
            output.append("<ul>" + "".join(f"<li>{inline(item)}</li>" for item in listed(paragraph)) + "</ul>")
        elif paragraph.strip():
            output.append(f"<p>{inline(paragraph.strip())}</p>")
    return "\n".join(output)


def listed(text):
    """The items of a Markdown list; none for anything else."""
    lines = text.strip().split("\n")
    return [line[2:] for line in lines] if all(line.startswith("- ") for line in lines) else []


def code(text, origin=None):
    """A block of code. The origin in it is marked, so that the script can put the page's own there."""
    written = escape(text.rstrip("\n"))
    if origin:
        written = written.replace(escape(origin), f'<span class="origin">{escape(origin)}</span>')
    return f'<div class="code"><pre><code>{written}</code></pre></div>'


def json_text(value, indent=""):
    """A value as JSON, with short lists of texts on one line."""
    inner = indent + "  "
    if isinstance(value, dict) and value:
        members = [f"{inner}{json.dumps(name)}: {json_text(member, inner)}" for name, member in value.items()]
        return "{\n" + ",\n".join(members) + f"\n{indent}}}"
    if isinstance(value, list) and value:
        flat = json.dumps(value, ensure_ascii=False)
        if len(flat) <= 48 and not any(isinstance(item, (dict, list)) for item in value):
            return flat
        return "[\n" + ",\n".join(inner + json_text(item, inner) for item in value) + f"\n{indent}]"
    return json.dumps(value, ensure_ascii=False)
