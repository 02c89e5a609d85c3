"""What a server can't do: a case, the servers, what is seen in its place, and why. Anything else that is seen is a
failure, and so is a limit that is none any more."""

PAGES = "lighttpd's own errors are pages in HTML; the status is right."
CGI = ["Apache, cgid", "fcgiwrap"]

LIMITS = [
    ("more logins than can be hashed", CGI, "[401]",
     "Each CGI run hashes in a process of its own, so there is no line that could be full: bound the processes."),
    ("what is down is told as a problem", ["Apache, cgid"], "there is nothing that could be down",
     "Each request starts the program."),
    ("logout, as the reference shows it", ["lighttpd"], "411",
     "lighttpd answers 411 to a POST that says nothing of a body, as `curl -X POST` sends it. Send `Content-Length: 0` "
     "(`curl -d ''`)."),
    ("a body of 200 KB", ["lighttpd"], "413 in another form", PAGES),
    ("a body of 200 KB in chunks", ["lighttpd"], "413 in another form", PAGES),
    ("what is down is told as a problem", ["lighttpd"], "503 in another form", PAGES),
]
