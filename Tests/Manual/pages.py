"""Pages of Markdown: their headings, links and command blocks, and the notes in comments that tell how a block is run."""

import os
import re
import subprocess

ROOT = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
MANUAL = "deploy/manual"
# A note stands alone on the lines above a block, as <!-- not run: needs a DNS name -->.
NOTES = ("not run", "head of", "input", "given", "when", "shows", "ends with")
NOTE = re.compile(r"<!-- (" + "|".join(NOTES) + r"): (.*) -->")
LINK = re.compile(r"\[(?:[^\[\]`]|`[^`]*`)*\]\(([^()\s]+)\)")


class Block:
    """Commands of a page, and what is said about running them."""

    def __init__(self, page, line, notes):
        self.page, self.line, self.notes = page, line, notes
        self.commands = []

    @property
    def text(self):
        return "\n".join(self.commands)

    @property
    def place(self):
        return f"{self.page}:{self.line}"


class Page:
    """One file of Markdown."""

    def __init__(self, path):
        self.path = path
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            self.text = file.read()
        self.headings, self.links, self.blocks, self.faults = [], [], [], []
        self._read()

    def _read(self):
        fence, block, notes = None, None, {}
        paragraph = []
        for number, line in enumerate(self.text.split("\n"), 1):
            mark = re.match(r"( *)```(\w*)", line)
            if fence is None and mark:
                fence = mark[1]
                block = Block(self.path, number, notes) if mark[2] == "sh" else None
                if block:
                    self.blocks.append(block)
                notes = {}
            elif fence is not None and line.startswith(fence + "```"):
                fence, block = None, None
            elif fence is not None:
                if block:
                    block.commands.append(line[len(fence):])
            else:
                self._read_prose(number, line, notes)
                if line.strip() and not line.strip().startswith("<!--"):
                    notes = {}
            if fence is None and not mark and line.strip():
                paragraph.append((number, line))
            else:
                self._read_links(paragraph)
                paragraph = []
        self._read_links(paragraph)
        if fence is not None:
            self.faults.append(f"{self.path}: a block without its end")

    def _read_prose(self, number, line, notes):
        if note := NOTE.fullmatch(line.strip()):
            notes[note[1]] = note[2]
        elif line.strip().startswith("<!--") and not line.strip().startswith(("<!-- begin:", "<!-- end:")):
            self.faults.append(f"{self.path}:{number}: not a note that the test knows: {line.strip()}")
        if heading := re.match(r"(#+) (.*)", line):
            self.headings.append((len(heading[1]), heading[2]))

    def _read_links(self, paragraph):
        """The links of a paragraph, whose words may go on in the next line; what looks like one in code is none."""
        text = "\n".join(line for _, line in paragraph)
        prose = re.sub(r"`[^`]*`(?![^\[]*\]\()", lambda code: "\n" * code[0].count("\n"), text)
        self.links += [(paragraph[prose[:link.start()].count("\n")][0], link[1]) for link in LINK.finditer(prose)]

    @property
    def anchors(self):
        """The names that GitHub gives the headings."""
        found = []
        for _, text in self.headings:
            words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", text).lower()
            name = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
            found.append(name if name not in found else f"{name}-{found.count(name)}")
        return found


def head_of(path):
    """The commands in the first lines of a web server's file: a comment that is indented."""
    commands = []
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        for line in file:
            if found := re.match(r"#   (.*)", line):
                commands.append(found[1])
            elif commands:
                break
    return "\n".join(commands)


def all_pages():
    """Every page of the repository."""
    names = subprocess.run(["git", "-C", ROOT, "ls-files", "*.md"], check=True, capture_output=True, text=True).stdout
    return {name: Page(name) for name in names.splitlines() if os.path.exists(os.path.join(ROOT, name))}
