"""The installation that is measured."""

from installation import Installation, OWNER, OWNER_PASSWORD


class Postern(Installation):
    def __init__(self, folder, binary, scheme, library):
        super().__init__(folder, binary)
        self.scheme = scheme
        self.library = library
        # Set by seeding: the cookies and API tokens, and the owner's identifier and the bytes of the database for an account.
        self.sessions, self.api_tokens = [], []
        self.owner = self.bytes_per_account = self.bytes_with_audit = None

    @property
    def environment(self):
        return {
            "POSTERN_DATABASE": self.database, "POSTERN_LISTEN": f"unix:{self.socket}", "POSTERN_WORKERS": "16",
            "POSTERN_PASSWORD_HASH": self.scheme, "POSTERN_THROTTLE": "false", "POSTERN_LOG_LEVEL": "notice",
            **({"LD_LIBRARY_PATH": self.library} if self.library else {}),
        }

    def make(self):
        self.run(
            "init", "--organization", "Example", "--slug", "example", "--owner", OWNER,
            standard_input=OWNER_PASSWORD + "\n")
        self.token("app", "admin")
