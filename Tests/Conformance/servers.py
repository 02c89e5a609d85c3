"""The web servers, each with the configuration that is shipped for it."""

import os
import subprocess

from client import Client
from installation import free_port, hand_over, wait_for, Processes

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def shipped(path, *replacements):
    """A shipped file with other addresses and paths. A text that is to be replaced and is not there is an error."""
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        text = file.read()
    for old, new in replacements:
        if old not in text:
            raise RuntimeError(f"{path} has no longer '{old}'")
        text = text.replace(old, new)
    return text


class Server:
    name = ""
    # The process that answers behind the web server; none where each request starts one.
    backend = "postern"

    def __init__(self, installation, certificate, key):
        self.installation = installation
        self.folder = installation.folder
        self.logs = os.path.join(self.folder, "log")
        self.certificate = certificate
        self.key = key
        self.port = free_port()
        self.processes = Processes(self.logs)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return path

    def make_folder(self, name):
        path = os.path.join(self.folder, name)
        os.makedirs(path, exist_ok=True)
        hand_over(path)
        return path

    def start(self):
        self.start_backend()
        self.start_web_server()

    def start_backend(self):
        self.installation.serve(self.processes)

    def start_web_server(self):
        raise NotImplementedError

    def wait_until_ready(self):
        try:
            wait_for(self.is_ready, self.name)
        except TimeoutError as error:
            raise TimeoutError(f"{error}; its logs:\n" + "".join(self.logged("")[-20:])) from None

    def is_ready(self):
        try:
            return Client(self.port, self.certificate).call("GET", "/api/v1/health/ready").status == 200
        except OSError:
            return False

    def stop(self):
        self.processes.stop()

    def logged(self, text):
        """The lines of all logs that hold a text."""
        lines = []
        for name in os.listdir(self.logs):
            with open(os.path.join(self.logs, name), encoding="utf-8", errors="replace") as log:
                lines += [line for line in log if text in line]
        return lines


class Nginx(Server):
    name = "nginx"

    def start_web_server(self):
        folder = self.make_folder("nginx")
        subprocess.run(
            [os.path.join(ROOT, "deploy/render-nginx"), "--into", folder, "--port", str(self.port), "--socket",
             self.installation.socket, "--certificate", self.certificate, "--key", self.key, "--log", self.logs],
            check=True)
        for name in ("temp", "snippets"):
            hand_over(os.path.join(folder, name))
        with open(os.path.join(folder, "nginx.conf"), encoding="utf-8") as file:
            configuration = file.read()
        # As another site of the machine may need it.
        self.write("nginx/nginx.conf", configuration.replace("http {", "http {\n    underscores_in_headers on;", 1))
        self.adjust(folder)
        self.processes.start(
            "nginx", ["nginx", "-p", f"{folder}/", "-c", f"{folder}/nginx.conf", "-e",
                      f"{self.logs}/nginx.error.log", "-g", "daemon off;"])

    def adjust(self, folder):
        pass


class SpawnFCGI(Nginx):
    name = "spawn-fcgi"

    def start_backend(self):
        self.processes.start(
            "postern", ["spawn-fcgi", "-n", "-s", self.installation.socket, "--", self.installation.binary],
            self.installation.environment)
        self.installation.wait_until_served()


class FCGIWrap(Nginx):
    name = "fcgiwrap"
    backend = "fcgiwrap"

    def start_backend(self):
        # It does not replace a socket that it has left.
        if os.path.exists(self.installation.socket):
            os.remove(self.installation.socket)
        self.processes.start(
            "fcgiwrap", ["fcgiwrap", "-c", "4", "-s", f"unix:{self.installation.socket}"],
            {"POSTERN_DATABASE": self.installation.database})
        self.installation.wait_until_served()

    def adjust(self, folder):
        # What the manual says to do.
        script = ("fastcgi_keep_conn on;", f"fastcgi_param SCRIPT_FILENAME {self.installation.binary};")
        for snippet in ("postern-fastcgi.conf", "postern-verify.conf"):
            self.write(f"nginx/snippets/{snippet}", shipped(f"nginx/snippets/{snippet}", script))


class Apache(Server):
    name = "Apache, proxy_fcgi"
    modules = ["mpm_event", "authn_core", "authz_core", "authz_host", "alias", "env", "setenvif", "headers",
               "socache_shmcb", "ssl", "http2", "proxy", "proxy_fcgi", "reqtimeout"]

    def site(self):
        return shipped(
            "deploy/apache/postern.conf", ("*:443", f"*:{self.port}"), ("auth.example.org", "localhost"),
            ("/etc/letsencrypt/live/localhost/fullchain.pem", self.certificate),
            ("/etc/letsencrypt/live/localhost/privkey.pem", self.key),
            ("/run/postern/postern.sock", self.installation.socket))

    def start_web_server(self):
        configuration = self.write_configuration("apache.conf")
        self.processes.start("apache", ["apache2", "-D", "FOREGROUND", "-f", configuration])

    def write_configuration(self, name):
        run = self.make_folder("run")
        modules = "".join(f"Include /etc/apache2/mods-available/{name}.load\n" for name in self.modules)
        return self.write(name, f"""
{modules}
ServerRoot {self.folder}
ServerName localhost
DefaultRuntimeDir {run}
PidFile {run}/apache.pid
Mutex file:{run} default
Define APACHE_LOG_DIR {self.logs}
ErrorLog {self.logs}/apache.error.log
Listen 127.0.0.1:{self.port} https
{self.site()}
""")


class ApacheCGI(Apache):
    name = "Apache, cgid"
    backend = None
    modules = [name for name in Apache.modules if not name.startswith("proxy")] + ["cgid"]

    def start_backend(self):
        pass

    def site(self):
        site = super().site()
        begin = site.index("    ProxyPass ")
        end = site.index("\n", begin) + 1
        folder = os.path.dirname(self.installation.binary)
        return f"ScriptSock {self.folder}/run/cgid.sock\n" + site[:begin] + shipped(
            "deploy/apache/postern-cgi.conf", ('"/usr/bin/postern/"', f'"{self.installation.binary}/"'),
            ('"/usr/bin"', f'"{folder}"'),
            ("POSTERN_DATABASE /var/lib/postern-cgi/postern.sqlite3", f"POSTERN_DATABASE {self.installation.database}"),
        ) + site[end:]


class Lighttpd(Server):
    name = "lighttpd"
    scripts = ["postern-names.lua"]

    def site(self):
        for name in self.scripts:
            self.write(name, shipped(f"deploy/lighttpd/{name}"))
        return shipped(
            "deploy/lighttpd/postern.conf", ("0.0.0.0:443", f"127.0.0.1:{self.port}"),
            ("auth\\.example\\.org", "localhost"),
            ("auth.example.org", "localhost"),
            ("/etc/letsencrypt/live/localhost/fullchain.pem", self.certificate),
            ("/etc/letsencrypt/live/localhost/privkey.pem", self.key),
            ("/etc/lighttpd/", f"{self.folder}/"),
            ("/run/postern/postern.sock", self.installation.socket))

    def start_web_server(self):
        configuration = self.write_configuration("lighttpd.conf")
        self.processes.start("lighttpd", ["lighttpd", "-D", "-f", configuration])

    def write_configuration(self, name):
        uploads = self.make_folder("uploads")
        # Debian's own settings for how a target is read.
        with open("/etc/lighttpd/lighttpd.conf", encoding="utf-8") as file:
            debian = file.read()
        begin = debian.index("server.http-parseopts")
        parsing = debian[begin:debian.index("\n)", begin) + 2]
        return self.write(name, f"""
server.document-root = "{self.make_folder("www")}"
server.bind = "127.0.0.1"
server.port = {free_port()}
server.errorlog = "{self.logs}/lighttpd.error.log"
server.upload-dirs = ("{uploads}")
server.feature-flags = ("server.h2proto" => "enable")
{parsing}
{self.site()}
""")


class Caddy(Server):
    name = "Caddy"

    def site(self):
        return shipped(
            "deploy/caddy/postern.caddy",
            ("auth.example.org {",
             f"https://localhost:{self.port} {{\n\tbind 127.0.0.1\n\ttls {self.certificate} {self.key}"),
            ("unix//run/postern/postern.sock", f"unix/{self.installation.socket}"))

    def start_web_server(self):
        home = self.make_folder("caddy")
        configuration = self.write("Caddyfile", "{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + self.site())
        self.processes.start(
            "caddy", ["caddy", "run", "--config", configuration, "--adapter", "caddyfile"],
            {"HOME": home, "XDG_DATA_HOME": home, "XDG_CONFIG_HOME": home})


ALL = [Nginx, Apache, ApacheCGI, Lighttpd, Caddy, FCGIWrap, SpawnFCGI]
