"""What the tests against real servers share: a certificate of their own, and programs from PyPI."""

import os
import subprocess
import venv


def make_certificate(folder):
    certificate, key = os.path.join(folder, "certificate.pem"), os.path.join(folder, "key.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out",
         certificate], check=True, capture_output=True)
    os.chmod(certificate, 0o644)
    # The servers run as another user here, and it is nobody's certificate.
    os.chmod(key, 0o644)
    return certificate, key


def tool(name, environment, packages):
    """A program of an environment, which is made where it is missing or has other packages."""
    marker = os.path.join(environment, "packages")
    wanted = "\n".join(packages)
    if not os.path.exists(marker) or open(marker, encoding="utf-8").read() != wanted:
        venv.create(environment, clear=True, with_pip=True)
        subprocess.run([os.path.join(environment, "bin", "pip"), "install", "--quiet", "--disable-pip-version-check",
                        *packages], check=True)
        with open(marker, "w", encoding="utf-8") as file:
            file.write(wanted)
    return os.path.join(environment, "bin", name)
