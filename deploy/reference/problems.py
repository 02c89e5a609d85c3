"""The chapter of errors: every code with its cause and remedy, and the errors of an operation."""

from words import escape, inline, listed


class Problems:
    def __init__(self, document, schemas, operations):
        self.schemas = schemas
        self.examples = document["components"]["examples"]
        self.faults = document["components"]["schemas"]["Problem"]["properties"]["errors"]["items"]["properties"]["code"]
        self.everywhere = set.intersection(*map(set, map(self.codes, operations)))

    def codes(self, operation):
        """The codes of an operation with their statuses."""
        found = {}
        for status, response in operation["responses"].items():
            for media in self.schemas.resolve(response).get("content", {}).values():
                found.update((code, status) for code in media.get("examples", {}))
        return found

    @staticmethod
    def link(name):
        return f'<a href="#error-{name}"><code>{name}</code></a>'

    def of(self, operation):
        """The errors of an operation beyond those of each."""
        by_status = {}
        for code, status in self.codes(operation).items():
            if code not in self.everywhere:
                by_status.setdefault(status, []).append(self.link(code))
        everywhere = '<a href="#errors-everywhere">errors of every operation</a>'
        if not by_status:
            return f'<p class="errors">Only the {everywhere}.</p>'
        items = [f"<li>{status} {', '.join(links)}</li>" for status, links in sorted(by_status.items())]
        return (f'<details class="errors"><summary>Errors: {", ".join(sorted(by_status))}</summary>\n'
                f'<ul>{"".join(items)}<li>and the {everywhere}</li></ul></details>')

    def chapter(self, heading):
        return "\n".join([
            '<section id="errors" class="text">', heading(2, "errors-title", "Errors", "errors"),
            "<p>An error is answered as <code>application/problem+json</code>, of the schema "
            '<a href="#Problem">Problem</a>. Decide by its <code>code</code>, show its <code>detail</code> to programmers, '
            "and quote its <code>request_id</code> to the operator, whose log has the same.</p>",
            heading(3, "codes", "Codes"), self.table(), heading(3, "errors-everywhere", "Errors of every operation"),
            "<p>" + ", ".join(self.link(code) for code in self.examples if code in self.everywhere) + "</p>",
            heading(3, "faults", "Faults of the input"),
            "<p>An <code>invalid_request</code> that concerns the body or the query lists all faults in "
            "<code>errors</code>: each with a <code>code</code>, a <code>detail</code>, and its place as "
            "<code>pointer</code> into the body or as <code>parameter</code> of the query.</p>",
            self.fault_table(), "</section>"])

    def table(self):
        rows = []
        for name, example in self.examples.items():
            rows.append(
                f'<tr id="error-{name}" role="row"><th scope="row" role="rowheader"><code>{name}</code> '
                f'<span class="status">{example["value"]["status"]}</span></th>'
                f'<td role="cell"><span class="label">Cause: </span>{inline(example["summary"])}</td>'
                f'<td role="cell"><span class="label">Remedy: </span>{inline(example["description"])}</td></tr>')
        return self.in_table(("Code", "Cause", "Remedy"), rows)

    def fault_table(self):
        rows = []
        for item in listed(self.faults["description"].split("\n\n", 1)[1]):
            name, meaning = item.split(": ", 1)
            rows.append(f'<tr role="row"><th scope="row" role="rowheader">{inline(name)}</th>'
                        f'<td role="cell">{inline(meaning)}</td></tr>')
        return self.in_table(("Code", "Meaning"), rows)

    @staticmethod
    def in_table(names, rows):
        """A table with its roles spelled out, since a narrow page shows its rows as blocks."""
        head = "".join(f'<th scope="col" role="columnheader">{escape(name)}</th>' for name in names)
        return (f'<table role="table"><thead role="rowgroup"><tr role="row">{head}</tr></thead>\n'
                f'<tbody role="rowgroup">\n' + "\n".join(rows) + "\n</tbody></table>")
