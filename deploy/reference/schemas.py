"""Schemas in words: types, bounds, and the members of objects."""

import json

from words import escape, inline


class Schemas:
    def __init__(self, document):
        self.document = document

    def resolve(self, value):
        while "$ref" in value:
            target = self.document
            for name in value["$ref"].removeprefix("#/").split("/"):
                target = target[name]
            value = target
        return value

    def kind(self, schema):
        """The type, such as `string or null`, with a link where it has a name."""
        if "$ref" in schema:
            name = escape(schema["$ref"].rsplit("/", 1)[1])
            return f'<a href="#{name}">{name}</a>'
        if "anyOf" in schema and "type" not in schema:
            return " or ".join(self.kind(part) for part in schema["anyOf"])
        if "const" in schema:
            return f"<code>{escape(json.dumps(schema['const']))}</code>"
        types = schema.get("type", "any")
        names = types if isinstance(types, list) else [types]
        form = ", date and time" if schema.get("format") == "date-time" else ""
        return " or ".join(self.kind_of_items(schema) if name == "array" else escape(name) for name in names) + form

    def kind_of_items(self, schema):
        return "array of " + self.kind(schema["items"]) if "items" in schema else "array"

    def limits(self, schema):
        words = []
        schema = schema["anyOf"][0] if "anyOf" in schema else schema
        for part in (schema, schema.get("items", {})):
            if "enum" in part:
                names = [f"<code>{escape(value)}</code>" for value in part["enum"] if value is not None]
                listed_names = ", ".join(names)
                words.append(f"One of {listed_names}" if len(names) <= 10 else
                             f"One of {len(names)}<details><summary>Show them</summary>{listed_names}</details>")
        if "minLength" in schema or "maxLength" in schema:
            least, most = schema.get("minLength", 0), schema.get("maxLength")
            words.append(f"{least} to {most} characters" if least else f"At most {most} characters")
        if "maximum" in schema:
            words.append(f"{schema['minimum']} to {schema['maximum']}")
        if "maxItems" in schema:
            words.append(f"at most {schema['maxItems']}")
        if "default" in schema:
            words.append(f"default <code>{escape(json.dumps(schema['default']))}</code>")
        text = "; ".join(words)
        return text[:1].upper() + text[1:] if not text.startswith("<") else text

    def description(self, schema):
        own = schema.get("description", "")
        return own or next((part["description"] for part in schema.get("anyOf", []) if "description" in part), "")

    def fields(self, terms):
        return '<dl class="fields">\n' + "\n".join(terms) + "\n</dl>"

    def members(self, schema, is_sent):
        """The members of an object. Those that a request needs are marked: an answer has them all."""
        required = schema.get("required", []) if is_sent else []
        return self.fields(
            self.term(name, member, name in required, is_sent=is_sent)
            for name, member in schema.get("properties", {}).items())

    def term(self, name, schema, is_required, description="", is_sent=False):
        mark = ' <strong class="required">required</strong>' if is_required else ""
        output = [f'<dt><code>{escape(name)}</code> <span class="type">{self.kind(schema)}</span>{mark}</dt>']
        text = self.description(schema)
        words = [inline(part) for part in (description, text) if part and "\n- " not in part]
        # A list of codes stands in the chapter of errors.
        words += [f'{inline(text.split(chr(10))[0])} See <a href="#faults">Faults of the input</a>.'
                  ] if "\n- " in text else []
        limits = "" if "\n- " in text else self.limits(schema)
        if limits:
            end = "" if limits.endswith("</details>") else "."
            words.append(f'<div class="limits">{limits}{end}</div>' if not end else f'<span class="limits">{limits}.</span>')
        if words:
            output.append(f"<dd>{' '.join(words)}</dd>")
        inner = schema.get("items", schema) if "array" in schema.get("type", []) else schema
        if inner.get("properties"):
            output.append(f"<dd>{self.members(inner, is_sent)}</dd>")
        return "\n".join(output)

    def strings(self, value):
        """All texts of a value of JSON."""
        if isinstance(value, str):
            yield value
        elif isinstance(value, (dict, list)):
            for part in value.values() if isinstance(value, dict) else value:
                yield from self.strings(part)
