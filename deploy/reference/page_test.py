"""The common parts of the tests of the page in a browser."""

import base64
import json
import os
import sys

WIDTHS = {"desktop": 1280, "phone": 390}


def require(condition, words):
    if not condition:
        sys.exit(f"reference page test: {words}")


def done(words):
    print(f"ok: {words}", flush=True)


class PageTest:
    def __init__(self, server, browser, folder):
        self.server = server
        self.browser = browser
        self.folder = folder
        self.origin = f"https://localhost:{server.port}"
        with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "checks.js"), encoding="utf-8") as file:
            self.checks = file.read()

    def check(self, name):
        faults = self.browser.evaluate(f"{self.checks}.{name}()")
        require(faults == [], f"{name}:\n" + "\n".join(map(str, faults[:20])))

    def shown(self, selector):
        """The identifiers of the elements that one sees."""
        return self.browser.evaluate(
            f"[...document.querySelectorAll({json.dumps(selector)})].filter((e) => e.checkVisibility()).map((e) => e.id)")

    def call_of(self, operation):
        return self.browser.evaluate(f"document.querySelector('#{operation} .calls pre code').textContent")

    def shoot(self, name):
        image = self.browser.call("Page.captureScreenshot", format="png")["data"]
        with open(os.path.join(self.folder, f"reference-{name}.png"), "wb") as file:
            file.write(base64.b64decode(image))
