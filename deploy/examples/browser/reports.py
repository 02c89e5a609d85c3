"""An application behind a web server that asks Postern who is calling: python3 reports.py, then /reports/ of the site."""
from html import escape
from wsgiref.simple_server import make_server

PAGE = """<!DOCTYPE html><meta charset="utf-8"><title>Reports</title>
<script src="/login/session.js" defer></script>
<h1>Reports</h1><p>For {email} ({roles}).</p><button data-log-out>Log out</button>"""

def application(environ, start_response):
    # A form of another site would come with the cookie of a person who is logged in here: refuse what changes something.
    is_foreign = environ.get("HTTP_SEC_FETCH_SITE", "same-origin") not in ("same-origin", "none")
    if is_foreign and environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
        start_response("403 Forbidden", [("Content-Type", "text/plain")])
        return [b"cross-site request\n"]
    page = PAGE.format(email=escape(environ["HTTP_X_AUTH_EMAIL"]), roles=escape(environ["HTTP_X_AUTH_ROLES"]))
    start_response("200 OK", [("Content-Type", "text/html; charset=utf-8"), ("Cache-Control", "no-store")])
    return [page.encode()]

make_server("127.0.0.1", 3002, application).serve_forever()
