"""What a server can't do: a case, the servers, and why. A limit that is none any more is a failure."""

PAGES = "lighttpd's own errors are pages in HTML; the status is right."
NO_LENGTH = "Caddy 2.6 gives a FastCGI program -1 for a length that it does not know: 400. Send a Content-Length."
CGI = ["Apache, cgid", "fcgiwrap"]

LIMITS = [
    ("more logins than can be hashed", CGI,
     "Each CGI run hashes in a process of its own, so there is no line that could be full: bound the processes."),
    ("what is down is told as a problem", ["Apache, cgid"], "Each request starts the program: nothing can be down."),
    ("logout, as the reference shows it", ["lighttpd"],
     "lighttpd answers 411 to a POST that says nothing of a body, as `curl -X POST` sends it. Send `Content-Length: 0` "
     "(`curl -d ''`)."),
    ("a body of 200 KB", ["lighttpd"], PAGES),
    ("a body of 200 KB in chunks", ["lighttpd"], PAGES),
    ("a body of 200 KB in chunks", ["Apache, proxy_fcgi"],
     "mod_proxy_fcgi hands the body on as it comes, and gives up when Postern does not read it all: 503."),
    ("what is down is told as a problem", ["lighttpd"], PAGES),
    ("a body in chunks", ["Caddy"], NO_LENGTH),
    ("a body of 200 KB in chunks", ["Caddy"], NO_LENGTH),
]
