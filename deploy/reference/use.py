"""The tests of what one can do on the page."""

from page_test import WIDTHS, PageTest, done, require


class Use(PageTest):
    """Search, permalinks, contents, copying."""

    def searches(self):
        self.browser.open(self.origin + "/")
        every = self.shown(".operation")
        self.browser.press("/", "/")
        require(self.browser.evaluate("document.activeElement.id") == "search", "/ does not lead to the search")
        self.browser.type("reset-password")
        require(self.shown(".operation") == ["resetPassword"], f"it finds {self.shown('.operation')}")
        links = self.browser.evaluate(
            "[...document.querySelectorAll('nav a')].filter((e) => e.checkVisibility()).map((e) => e.hash)")
        require("#resetPassword" in links and "#register" not in links, f"the contents have {links}")
        require(not {"start", "schemas"} & set(self.shown("main section")), "it leaves chapters")
        self.browser.press("Enter")
        self.browser.wait_for("location.hash !== ''")
        # A link to a hidden part shows it again.
        self.browser.evaluate("location.hash = '#logOut'")
        self.browser.wait_for("document.querySelector('#logOut').checkVisibility()")
        require(self.shown(".operation") == every, "it does not show all again")
        self.browser.evaluate("document.querySelector('#search').focus()")
        self.browser.type("no such words")
        require(self.browser.evaluate("document.querySelector('#found').textContent") == "Nothing found", "it finds those")
        require(self.shown(".operation") == [], "it shows what it did not find")
        self.browser.press("Escape")
        require(self.shown(".operation") == every, "Escape does not show all again")
        self.browser.type("last owner")
        require("error-conflict" in self.shown("tr"), "it finds no error")
        done(f"search finds and hides, among {len(every)} operations")

    def has_permalinks(self):
        self.browser.open(self.origin + "/")
        self.browser.click("#createToken .permalink")
        self.browser.wait_for("location.hash === '#createToken'")
        for place in ("createToken", "faults", "error-conflict"):
            self.browser.open(f"{self.origin}/#{place}")
            self.browser.wait_for(
                f"(({{top}}) => top > -5 && top < innerHeight / 2)(document.getElementById('{place}').getBoundingClientRect())")
        self.browser.open(f"{self.origin}/#createToken")
        self.browser.wait_for("document.querySelector('nav [aria-current]')?.hash === '#createToken'")
        # A schema opens.
        self.browser.open(f"{self.origin}/#CurrentSession")
        self.browser.wait_for("document.getElementById('CurrentSession').checkVisibility()")
        done("a permalink scrolls there, and the contents mark it")

    def has_contents_on_a_phone(self):
        self.browser.resize(WIDTHS["phone"])
        self.browser.open(self.origin + "/")
        require(not self.browser.evaluate("document.querySelector('nav').checkVisibility()"), "the contents are in the way")
        self.browser.click(".to-contents")
        self.browser.wait_for("document.querySelector('nav').checkVisibility()")
        self.shoot("phone-contents")
        self.browser.click("nav a[href='#verify']")
        self.browser.wait_for("location.hash === '#verify' && !document.querySelector('nav').checkVisibility()")
        self.browser.resize(WIDTHS["desktop"])
        done("the contents open and close on a phone")

    def copies(self):
        self.browser.open(self.origin + "/")
        self.browser.session, session = None, self.browser.session
        self.browser.call("Browser.grantPermissions", origin=self.origin,
                          permissions=["clipboardReadWrite", "clipboardSanitizedWrite"])
        self.browser.session = session
        self.browser.click("#logIn .copy")
        self.browser.wait_for("document.querySelector('#logIn .copy').textContent === 'Copied'")
        copied = self.browser.evaluate("navigator.clipboard.readText()")
        require(copied == self.call_of("logIn"), f"it copies {copied!r}")
        done("a button copies the call")
