"""The tests of how the page looks, to people and to their software."""

import base64
import os
import re

from page_test import WIDTHS, PageTest, done, require


class Looks(PageTest):
    """Layout, contrast, names, keyboard, paper."""

    def is_laid_out(self):
        for name, width in WIDTHS.items():
            for scheme in ("light", "dark"):
                self.browser.resize(width)
                self.browser.prefer(scheme)
                self.browser.open(self.origin + "/")
                height = self.browser.evaluate("document.documentElement.scrollHeight")
                self.shoot(f"{name}-{scheme}")
                self.browser.evaluate("document.querySelectorAll('details').forEach((details) => { details.open = true })")
                for check in ("overflow", "routes", "contrast", "headings", "links", "calls"):
                    self.check(check)
            done(f"at {width} pixels it fits, has contrast and order, and is {height} pixels high")
        self.browser.resize(WIDTHS["desktop"])
        self.browser.prefer("light")

    def is_named(self):
        """The accessibility tree has the landmarks, and a name for everything that one can use."""
        self.browser.open(self.origin + "/")
        nodes = self.browser.call("Accessibility.getFullAXTree")["nodes"]
        roles = {node["role"]["value"] for node in nodes if not node["ignored"]}
        for role in ("main", "navigation", "search", "searchbox", "heading", "table", "rowheader"):
            require(role in roles, f"there is no {role}")
        used = [node for node in nodes if not node["ignored"] and node["role"]["value"] in ("link", "button", "searchbox")]
        require(len(used) > 150, f"only {len(used)} links and buttons")
        for node in used:
            require(node["name"]["value"].strip(), f"a {node['role']['value']} has no name")
        done(f"landmarks, and names of {len(used)} links and buttons")

    def takes_keys(self):
        self.browser.open(self.origin + "/")
        self.browser.press("Tab")
        require(self.browser.evaluate("document.activeElement.className") == "skip", "the first stop skips nothing")
        self.check("focus")
        self.browser.press("Enter")
        self.browser.wait_for("location.hash === '#content'")
        for _ in range(12):
            self.browser.press("Tab")
            self.check("focus")
        done("the keyboard's focus shows")

    def works_without_script(self):
        self.browser.call("Emulation.setScriptExecutionDisabled", value=True)
        self.browser.open(self.origin + "/")
        require(self.shown(".search") == [] and not self.browser.evaluate("!!document.querySelector('.copy')"),
                "search or copying is there without a script")
        require(len(self.shown(".operation")) > 40, "operations are missing")
        require(self.browser.evaluate("document.querySelector('noscript').checkVisibility()"), "there is no note")
        require("https://auth.example.org/api/v1/auth/login" in self.call_of("logIn"), "the call has no address")
        self.shoot("without-script")
        self.browser.call("Emulation.setScriptExecutionDisabled", value=False)
        done("all but search and copying is there without a script")

    def prints(self):
        self.browser.open(self.origin + "/")
        pdf = base64.b64decode(self.browser.call("Page.printToPDF", paperWidth=8.27, paperHeight=11.69)["data"])
        with open(os.path.join(self.folder, "reference.pdf"), "wb") as file:
            file.write(pdf)
        pages = len(re.findall(rb"/Type\s*/Page\b", pdf))
        require(15 < pages < 100, f"on paper it has {pages} pages")
        done(f"on paper it has {pages} pages")
