"""The web servers with locations that are protected by Postern, with the configurations that are shipped: nginx's
auth_request, Apache's and lighttpd's FastCGI authorizers, and Caddy's forward_auth.

Each has one application, or one for each way in which the server can speak to it, and for each the same locations:
everybody who is logged in, and below that other requirements.
"""

import contextlib
import os
import subprocess
from typing import NamedTuple

from applications import CGI_PROGRAM
from installation import free_port
from servers import Apache, Caddy, Lighttpd, Nginx, shipped

class Requirement(NamedTuple):
    """What a location asks for, and not what is above: a role, an organization, two factors, and a login or confirmation
    that is not older than so many seconds."""
    role: str = None
    organization: str = None
    factor: bool = False
    age: int = None


MEMBER = Requirement("AppMember")
MEMBER_OF_EXAMPLE = Requirement("AppMember", "example")
# By the path below the application's own. Nobody's login is as recent as a second ago.
REQUIREMENTS = {"": Requirement(), "admin/": Requirement("SuperAdmin"), "owner/": Requirement("AppOwner"),
                "example/": MEMBER_OF_EXAMPLE, "example/admin/": Requirement("SuperAdmin", "example"),
                "admin/member/": MEMBER_OF_EXAMPLE, "admin/everybody/": Requirement(),
                "stale/": Requirement(age=1), "factor-stale/": Requirement(factor=True, age=1)}
for name, requirement in {"": Requirement(), "member-": MEMBER, "example-": MEMBER_OF_EXAMPLE}.items():
    REQUIREMENTS |= {f"{name}factor/": requirement._replace(factor=True),
                     f"{name}recent/": requirement._replace(age=3600),
                     f"{name}factor-recent/": requirement._replace(factor=True, age=3600)}
REQUIREMENTS["factor/everybody/"] = Requirement()


class ProtectedNginx(Nginx):
    name = "nginx, auth_request"
    columns = {f"nginx, {kind}_pass": f"/{kind}/" for kind in ("proxy", "fastcgi", "uwsgi", "scgi", "grpc")}
    # What an administrator may mistype after auth_request.
    mistyped = ["/postern-verify/AppAdmin/", "/postern-verify/AppAdmin/Example", "/postern-verify/App_Admin",
                "/postern-verify/", "/postern-verifyAppAdmin", "/postern-verify/AppAdmin?org=example",
                "/postern-verify//example", "/postern-verify/AppAdmin/example/x", "/postern-verify/appadmin"]
    # The same, asked by somebody who has two factors.
    mistyped_assurance = ["/postern-verify/factor=3", "/postern-verify/factor=", "/postern-verify/AppMember/Factor=2",
                          "/postern-verify/max_age=900/factor=2", "/postern-verify/AppMember/max_age=900/factor=2",
                          "/postern-verify/factor=2/AppMember", "/postern-verify/max_age=15m",
                          "/postern-verify/AppMember/example/max_age=0", "/postern-verify/AppMember/factor=2/factor=2",
                          "/postern-verify/AppMember/factor=2&max_age=900"]
    takes_uploads = True
    tells_by_fields = True

    def adjust(self, folder):
        path = os.path.join(folder, "postern.conf")
        with open(path, encoding="utf-8") as file:
            site = file.read()
        self.relay = free_port()
        # So that forged names with an underscore get as far as they can.
        site = site.replace("underscores_in_headers off;", "underscores_in_headers on;", 1)
        locations = "\n    include snippets/postern-verify.conf;\n"
        for prefix in self.columns.values():
            for below, (role, organization, factor, age) in REQUIREMENTS.items():
                parts = ["/postern-verify", role, organization, factor and "factor=2", age and f"max_age={age}"]
                locations += self.location(prefix, below, "/".join(filter(None, parts)))
            locations += self.location(prefix, "upload/", "/postern-verify", "client_max_body_size 3m;")
        for number, question in enumerate(self.mistyped + self.mistyped_assurance):
            locations += self.location("/proxy/", f"mistyped-{number}/", question)
        # Its gRPC application is nginx once more, which makes HTTP/1.1 of HTTP/2 and leaves all fields as they are.
        relay = f"""
server {{
    listen 127.0.0.1:{self.relay} http2;
    underscores_in_headers on;
    ignore_invalid_headers off;
    client_max_body_size 0;
    access_log off;
    location / {{
        proxy_pass http://127.0.0.1:{self.applications.port("http")};
    }}
}}
"""
        self.write("nginx/postern.conf", site.replace("    location / {\n", locations + "    location / {\n", 1) + relay)

    def location(self, prefix, below, question, more=""):
        kind = prefix.strip("/")
        if kind == "proxy":
            passing = f"proxy_pass http://127.0.0.1:{self.applications.port('http')};"
        elif kind == "grpc":
            passing = f"grpc_pass grpc://127.0.0.1:{self.relay};"
        else:
            passing = f"include /etc/nginx/{kind}_params; {kind}_pass 127.0.0.1:{self.applications.port(kind)};"
        return f"""
    location {prefix}{below} {{
        auth_request {question};
        include snippets/postern-protect.conf;
        {more}
        {passing}
    }}
"""


class ProtectedApache(Apache):
    name = "Apache, authnz_fcgi"
    columns = {"Apache, mod_proxy": "/proxy/", "Apache, CGI": "/cgi/"}
    modules = Apache.modules + ["authnz_fcgi", "macro", "proxy_http", "cgid"]
    mistyped = ["PosternProtect App_Admin", 'PosternProtect ""', 'PosternProtect "AppAdmin "',
                'PosternProtectIn "" AppAdmin', "PosternProtectIn AppAdmin example", "PosternProtectIn Example AppAdmin"]
    mistyped_assurance = [f"PosternProtectEverybody\nUse PosternMaximumAge {age}" for age in ("15m", "0", '""', "-1")]
    unloadable = ["Use PosternProtect", "Use PosternProtect AppAdmin example", 'Use PosternProtectIn example ""',
                  "Use PosternProtectEveryone", "Use PosternTwoFactors 2", "Use PosternMaximumAge", "Use PosternTwoFactor"]
    takes_uploads = False
    tells_by_fields = True
    # What a location asks of the login holds for those below it.
    inherits_assurance = True
    extra = ""

    def start_backend(self):
        super().start_backend()
        # What systemd's second socket is for.
        self.authorizer = free_port()
        self.processes.start(
            "authorizer", [self.installation.binary, "serve"],
            {**self.installation.environment, "POSTERN_LISTEN": f"127.0.0.1:{self.authorizer}"})

    def site(self):
        os.chmod(self.write("application.cgi", CGI_PROGRAM), 0o755)
        protect = shipped("deploy/apache/postern-protect.conf", ("127.0.0.1:9010", f"127.0.0.1:{self.authorizer}"))
        locations = ""
        for prefix in self.columns.values():
            for below, (role, organization, factor, age) in REQUIREMENTS.items():
                use = " ".join(["In", organization, role] if organization else ["", role] if role else ["Everybody"])
                more = "Use PosternTwoFactors\n" * factor + (f"Use PosternMaximumAge {age}\n" if age else "")
                locations += f'<Location "{prefix}{below}">\nUse PosternProtect{use}\n{more}</Location>\n'
        locations += """<Location "/proxy/reordered/">
Use PosternMaximumAge 3600
Use PosternTwoFactors
Use PosternProtect AppMember
</Location>
"""
        for number, use in enumerate(self.mistyped + self.mistyped_assurance):
            locations += f'<Location "/proxy/mistyped-{number}/">\nUse {use}\n</Location>\n'
        applications = f"""
    ProxyPass "/proxy/" "http://127.0.0.1:{self.applications.port("http")}/proxy/"
    ProxyPass "/cgi/" "!"
    ScriptAliasMatch "^/cgi/.*" "{self.folder}/application.cgi"
"""
        site = super().site().replace("    ProxyPass ", applications + "    ProxyPass ", 1)
        end = site.rindex("</VirtualHost>")
        return (f"ScriptSock {self.folder}/run/application.sock\n" + protect + site[:end] + locations + self.extra
                + site[end:])

    def loads(self, line):
        """Whether Apache takes its configuration with another line in it."""
        self.extra = f'<Location "/more/">\n{line}\n</Location>\n'
        path = self.write_configuration("another.conf")
        self.extra = ""
        return subprocess.run(["apache2", "-t", "-f", path], capture_output=True, check=False).returncode == 0


class ProtectedLighttpd(Lighttpd):
    name = "lighttpd, authorizer"
    scripts = Lighttpd.scripts + ["postern-identity.lua", "postern-asked.lua"]
    columns = {"lighttpd, CGI": "/cgi/", "lighttpd, mod_scgi": "/scgi/", "lighttpd, mod_proxy": "/proxy/"}
    mistyped = ["App_Admin", "AppAdmin ", "appadmin", "replaced"]
    mistyped_assurance = [("FACTOR", "3"), ("FACTORS", "2"), ("FACTOR", ""), ("MAX_AGE", "15m"), ("MAX_AGE", "0"),
                          ("MAXIMUM_AGE", "900")]
    unloadable = ['var.postern_rol = "AppAdmin"\nvar.postern_org = ""', 'var.postern_role = "AppAdmin"',
                  # In front of the include, or in place of what it sets.
                  'var.postern_role = "AppAdmin"\nvar.postern_org = "example"\n'
                  'setenv.add-environment += ("POSTERN_REQUIRED_FACTOR" => "2")']
    takes_uploads = False
    tells_by_fields = False
    # The application that gets no variables of lighttpd.
    untold = ["/proxy/"]
    extra = ""
    first_modules = ""

    @contextlib.contextmanager
    def reordered(self):
        """Runs with the application's module before the one that asks."""
        self.first_modules = 'server.modules += ("mod_proxy")\n'
        self.restart_web_server()
        try:
            yield
        finally:
            self.first_modules = ""
            self.restart_web_server()

    def restart_web_server(self):
        self.processes.stop_one("lighttpd")
        self.start_web_server()
        self.wait_until_ready()

    def site(self):
        for name in ["postern-protect.conf", "postern-protect-in.conf"]:
            self.write(name, shipped(f"deploy/lighttpd/{name}"))
        self.write("postern-protect-everybody.conf", shipped(
            "deploy/lighttpd/postern-protect-everybody.conf", ("/etc/lighttpd/", f"{self.folder}/"),
            ("/run/postern/postern.sock", self.installation.socket)))
        locations = ""
        applications = {
            "/cgi/": 'cgi.assign = ("" => "/usr/bin/python3")',
            "/scgi/": 'scgi.server = ("/" => (("host" => "127.0.0.1", "port" => %d, "check-local" => "disable")))'
                      % self.applications.port("scgi"),
            "/proxy/": 'proxy.server = ("" => (("host" => "127.0.0.1", "port" => %d)))'
                       % self.applications.port("http"),
        }
        for prefix, application in applications.items():
            locations += f'$HTTP["url"] =~ "^{prefix}" {{\n{application}\n}}\n'
            for below, requirement in REQUIREMENTS.items():
                self.write(f"www{prefix}{below}today", CGI_PROGRAM)
                locations += self.location(prefix + below, requirement)
        for number, role in enumerate(self.mistyped):
            path = f"/proxy/mistyped-{number}/"
            locations += self.location(path, Requirement("AppAdmin" if role == "replaced" else role))
            if role == "replaced":
                locations += f'$HTTP["url"] =~ "{path}" {{ setenv.add-environment = ("COLOR" => "blue") }}\n'
        for number, (name, value) in enumerate(self.mistyped_assurance, len(self.mistyped)):
            locations += self.location(f"/proxy/mistyped-{number}/", MEMBER, [(name, value)])
        modules = 'server.modules += ("mod_magnet", "mod_setenv", "mod_fastcgi", "mod_cgi", "mod_scgi"'
        modules += ")\n" if self.first_modules else ', "mod_proxy")\n'
        return self.first_modules + super().site() + modules + locations + self.extra

    @staticmethod
    def location(path, requirement, more=()):
        role, organization, factor, age = requirement
        lines = [f'var.postern_role = "{role}"'] if role else []
        lines += [f'var.postern_org = "{organization}"'] if organization else []
        name = "postern-protect-in" if organization else "postern-protect" if role else "postern-protect-everybody"
        lines.append(f'include "{name}.conf"')
        asked = [("FACTOR", "2")] * factor + ([("MAX_AGE", str(age))] if age else []) + list(more)
        lines += [f'setenv.add-environment += ("POSTERN_REQUIRED_{name}" => "{value}")' for name, value in asked]
        body = "\n".join(f"    {line}" for line in lines)
        return f'\n$HTTP["url"] =~ "^{path}" {{\n{body}\n}}\n'

    def loads(self, lines):
        """Whether lighttpd takes its configuration with another location in it."""
        self.extra = f'$HTTP["url"] =~ "^/more/" {{\n{lines}\ninclude "postern-protect-in.conf"\n}}\n'
        path = self.write_configuration("another.conf")
        self.extra = ""
        return subprocess.run(["lighttpd", "-tt", "-f", path], capture_output=True, check=False).returncode == 0


class ProtectedCaddy(Caddy):
    name = "Caddy, forward_auth"
    columns = {"Caddy, HTTP": "/proxy/", "Caddy, FastCGI": "/fastcgi/"}
    mistyped = ["App_Admin", '""', "", "AppAdmin&org=Example", "AppAdmin&org="]
    mistyped_assurance = ["AppMember&factor=3", "AppMember&factor=", "AppMember&Factor=2", "AppMember&max_age=15m",
                          "AppMember&max_age=0", "AppMember&factor=2&factor=2", "AppMember/factor=2"]
    takes_uploads = True
    tells_by_fields = True

    def site(self):
        protect = shipped(
            "deploy/caddy/postern-protect.caddy",
            ("unix//run/postern/postern.sock", f"unix/{self.installation.socket}"))
        http, fastcgi = (self.applications.port(protocol) for protocol in ("http", "fastcgi"))
        applications = {"/proxy/": f"reverse_proxy 127.0.0.1:{http}",
                        "/fastcgi/": f"reverse_proxy 127.0.0.1:{fastcgi} {{\n\t\t\ttransport fastcgi\n\t\t}}"}
        locations = ""
        for prefix, application in applications.items():
            for below, (role, organization, factor, age) in REQUIREMENTS.items():
                argument = (role or "AppGuest") + (f"&org={organization}" if organization else "")
                argument += "&factor=2" * factor + (f"&max_age={age}" if age else "")
                locations += self.location(prefix + below, argument, application)
        locations += self.location("/proxy/reordered/", "max_age=3600&factor=2&role=AppMember", applications["/proxy/"])
        for number, argument in enumerate(self.mistyped + self.mistyped_assurance):
            locations += self.location(f"/proxy/mistyped-{number}/", argument, applications["/proxy/"])
        return protect + super().site().replace("\t# Everything else goes", locations + "\t# Everything else goes", 1)

    @staticmethod
    def location(path, argument, application):
        return f"""
	handle {path}* {{
		import postern_protect {argument}
		{application}
	}}
"""


ALL = [ProtectedNginx, ProtectedApache, ProtectedLighttpd, ProtectedCaddy]
