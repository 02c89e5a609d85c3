"""The page: contents, first steps, operations by subject, errors, header fields and schemas."""

import os

from calls import ORIGIN, Calls
from problems import Problems
from schemas import Schemas
from start import START
from words import code, escape, inline, json_text, prose

FOLDER = os.path.dirname(os.path.abspath(__file__))


def part(name):
    with open(os.path.join(FOLDER, name), encoding="utf-8") as file:
        return file.read()


STYLE = part("style.css")
SCRIPT = part("script.js")


def anchor(text):
    return text.lower().replace(" ", "-")


def heading(level, identifier, text, target=None):
    """A heading, and beside it a link to it, or to the place around it."""
    return (f'<div class="title"><h{level} id="{identifier}">{escape(text)}</h{level}> '
            f'<a class="permalink" href="#{target or identifier}" aria-label="Link to: {escape(text)}">#</a></div>')


class Page:
    def __init__(self, document):
        self.document = document
        self.schemas = Schemas(document)
        self.calls = Calls(document, self.schemas)
        self.operations = [
            (path, method, operation) for path, methods in document["paths"].items()
            for method, operation in methods.items()]
        self.problems = Problems(document, self.schemas, [operation for _, _, operation in self.operations])
        # The names of the schemas of what is sent.
        self.bodies = {
            operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
            for _, _, operation in self.operations if "requestBody" in operation}

    @property
    def title(self):
        return escape(f"{self.document['info']['title']} API")

    def of_tag(self, tag):
        return [entry for entry in self.operations if tag["name"] in entry[2]["tags"]]

    def make(self):
        return "\n".join([
            f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{self.title}</title>',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<style>{STYLE}</style>\n</head>\n<body id=\"top\">",
            '<a class="skip" href="#content">Skip to the content</a>',
            f'<header><a class="name" href="#top">{self.title}</a> <a class="to-contents" href="#contents">Contents</a>'
            "</header>",
            self.contents(), '<main id="content">', self.introduction(), self.start(), self.conventions(),
            *map(self.group, self.document["tags"]), self.problems.chapter(heading), self.headers(), self.components(),
            f"</main>\n<script>{SCRIPT}</script>\n</body>\n</html>"])

    # --- Contents ---

    def contents(self):
        output = [
            '<nav id="contents" aria-label="Contents">',
            f'<a class="name" href="#top">{self.title}</a> <a class="close" href="#content">Close</a>',
            '<div class="search" role="search" hidden><label for="search">Search the reference</label>'
            '<input id="search" type="search" placeholder="Search" autocomplete="off" spellcheck="false">'
            '<p id="found" role="status"></p></div>',
            self.links(None, [("start", "Getting started"), ("conventions", "Conventions")])]
        for tag in self.document["tags"]:
            output.append(self.links(tag["name"], [
                (operation["operationId"], operation["summary"], method)
                for _, method, operation in self.of_tag(tag)]))
        output.append(self.links("More", [
            ("errors", "Errors"), ("headers", "Header fields"), ("schemas", "Schemas")]))
        return "\n".join(output + ["</nav>"])

    def links(self, name, entries):
        items = []
        for identifier, text, *method in entries:
            mark = f'<span class="method {method[0]}">{self.short(method[0])}</span> ' if method else ""
            items.append(f'<li><a href="#{identifier}">{mark}<span>{escape(text)}</span></a></li>')
        title = f'<p class="group">{escape(name)}</p>\n' if name else ""
        return f'<div>{title}<ul>{"".join(items)}</ul></div>'

    @staticmethod
    def short(method):
        return {"delete": "DEL"}.get(method, method.upper())

    # --- Chapters ---

    def introduction(self):
        info, base = self.document["info"], escape(self.calls.base)
        return (
            f'<section class="introduction">\n<h1>{self.title}</h1>\n'
            f'<p class="lead">{escape(info["summary"])}</p>\n<dl class="facts">'
            f'<div><dt>Base address</dt><dd><code><span class="origin">{ORIGIN}</span>{base}</code></dd></div>'
            f'<div><dt>For programs</dt><dd><a href="{base}/openapi.json">OpenAPI 3.1 description</a></dd></div></dl>\n'
            f'<noscript><p class="note">In the calls on this page, replace <code>{ORIGIN}</code> by the address of this '
            "server.</p></noscript>\n</section>")

    def start(self):
        output = ['<section id="start">', heading(2, "start-title", "Getting started", "start")]
        curls = {operation["operationId"]: self.calls.curl(path, method, operation)
                 for path, method, operation in self.operations}
        for number, step in enumerate(START, 1):
            output.append('<div class="step"><div class="about">')
            output.append(heading(3, f"start-{number}", f"{number}. {step['title']}"))
            output.append(prose(step["text"]) + '</div>\n<div class="calls">')
            for kind, text in step["calls"]:
                output.append(f'<p class="caption">{inline(text)}</p>' if kind == "caption" else
                              code(curls[text] if kind == "curl" else text, ORIGIN))
            output.append("</div></div>")
        return "\n".join(output + ["</section>"])

    def conventions(self):
        return "\n".join(['<section id="conventions" class="text">', heading(2, "conventions-title", "Conventions",
                          "conventions"), prose(self.document["info"]["description"]), "</section>"])

    def group(self, tag):
        identifier = anchor(tag["name"])
        return "\n".join([
            f'<section class="group" id="{identifier}">', heading(2, f"{identifier}-title", tag["name"], identifier),
            prose(tag["description"]), *(self.operation(*entry) for entry in self.of_tag(tag)), "</section>"])

    def headers(self):
        terms = [
            self.schemas.term(parameter["name"], parameter["schema"], False, parameter.get("description", ""))
            for parameter in self.document["components"]["parameters"].values() if parameter["in"] == "header"]
        return "\n".join([
            '<section id="headers" class="text">',
            heading(2, "headers-title", "Header fields of requests", "headers"),
            "<p>Every operation takes <code>X-Request-Id</code>, and names the others that it takes.</p>",
            self.schemas.fields(terms), "</section>"])

    def components(self):
        output = ['<section id="schemas" class="text">', heading(2, "schemas-title", "Schemas", "schemas")]
        for name, schema in self.document["components"]["schemas"].items():
            kind = "of requests" if name in self.bodies else "of answers"
            # The place is inside, so that a link to it opens it, in every browser and without a script.
            output.append(f'<details class="schema"><summary><h3>{escape(name)}</h3> <span class="type">{kind}</span>'
                          f'</summary>\n<div id="{escape(name)}">')
            output.append(self.schemas.members(schema, is_sent=name in self.bodies) if "properties" in schema
                          else f"<p>{self.schemas.kind(schema)}</p>")
            output.append("</div></details>")
        return "\n".join(output + ["</section>"])

    # --- An operation ---

    def operation(self, path, method, operation):
        identifier = operation["operationId"]
        output = [
            f'<section class="operation" id="{identifier}">\n<div class="about">',
            heading(3, f"{identifier}-title", operation["summary"], identifier),
            f'<p class="route"><span class="method {method}">{method.upper()}</span> '
            f'<code class="path">{escape(path)}</code></p>',
            prose(operation.get("description", "")),
            f'<p class="needs">{self.access(operation)} {self.header_fields(operation)}</p>',
            *self.parameters(operation), *self.body(operation), self.problems.of(operation),
            '</div>\n<div class="calls">\n<h4>Request</h4>',
            code(self.calls.curl(path, method, operation), ORIGIN), self.answer(operation), "</div>\n</section>"]
        return "\n".join(filter(None, output))

    def parameters(self, operation):
        own = [parameter for parameter in operation["parameters"] if "$ref" not in parameter]
        shared = [parameter for parameter in map(self.schemas.resolve, operation["parameters"])
                  if parameter["in"] == "query" and parameter not in own]
        if own or shared:
            yield "<h4>Parameters</h4>"
        if own:
            yield self.schemas.fields(map(self.parameter, own))
        if shared:
            names = ", ".join(f'<code>{escape(parameter["name"])}</code>' for parameter in shared)
            yield f"<details><summary>Of every list: {names}</summary>"
            yield self.schemas.fields(map(self.parameter, shared)) + "</details>"

    def parameter(self, parameter):
        text = parameter.get("description", "")
        if parameter["in"] == "path":
            text = f"Such as `{self.calls.example(parameter)}`."
        return self.schemas.term(parameter["name"], parameter["schema"], parameter.get("required", False), text)

    def header_fields(self, operation):
        """Those that not every operation takes."""
        names = [parameter["name"] for parameter in map(self.schemas.resolve, operation["parameters"])
                 if parameter["in"] == "header" and parameter["name"] != "X-Request-Id"]
        links = [f'<a href="#headers"><code>{escape(name)}</code></a>' for name in names]
        return f"Takes {' and '.join(links)}." if links else ""

    def body(self, operation):
        if "requestBody" in operation:
            yield "<h4>Body</h4>"
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            yield self.schemas.members(self.schemas.resolve(schema), is_sent=True)

    def access(self, operation):
        if not operation["security"]:
            return "Needs no credential."
        ways = {}
        for way in operation["security"]:
            ways.update(way or {"none": []})
        words = []
        if "apiToken" in ways:
            scopes = "".join(f" with the scope <code>{escape(scope)}</code>" for scope in ways["apiToken"])
            words.append(f"an API token{scopes}")
        if "sessionToken" in ways:
            has_scope = ways.get("apiToken") and operation["operationId"] != "logOut"
            words.append("a session whose roles have that scope" if has_scope else "a session")
        return f"Needs {' or '.join(words + (['no credential'] if 'none' in ways else []))}."

    def answer(self, operation):
        status, response = next(
            (status, self.schemas.resolve(response)) for status, response in operation["responses"].items()
            if int(status) < 400)
        media, content = next(iter(response.get("content", {}).items()), (None, {}))
        extra = [name for name in response["headers"]
                 if name not in ("X-Request-Id", "Cache-Control", "X-Content-Type-Options")]
        output = [f"<p>{inline(response['description'])}"]
        if content:
            kind = self.schemas.kind(content["schema"])
            output.append(f' <span class="type">{escape(media.split(";")[0])}, {kind}</span>')
        output.append("</p>")
        if extra:
            names = ", ".join(f"<code>{escape(name)}</code>" for name in extra)
            output.append(f'<p class="extra">With {names}</p>')
        if "example" not in content:
            return f"<h4>Answer {status}</h4>\n{''.join(output)}"
        value = content["example"]
        text = value if isinstance(value, str) and "\n" in value else json_text(value)
        # Long ones would make the page endless.
        is_open = " open" if text.count("\n") < 8 else ""
        return (f"<h4>Answer {status}</h4>\n{''.join(output)}\n<details{is_open}><summary>Example</summary>"
                f"{code(text)}</details>")
