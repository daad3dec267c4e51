"""A private CA, by OpenSSL."""

import subprocess

CONFIGURATION = """
[ca]
default_ca = private
[private]
database = {folder}/index
new_certs_dir = {folder}
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[leaf]
subjectAltName = {names}
"""


class Authority:
    """`bundle` is the path of its own certificate."""

    def __init__(self, folder):
        self.folder, self.bundle = folder, folder / "ca.pem"
        (folder / "index").touch()
        self.openssl("req", "-x509", *self.key("ca"), "-out", self.bundle, "-subj", "/CN=Acme TLS Inspection", "-days", "30")

    def openssl(self, *arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, cwd=self.folder)

    def key(self, name):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", f"{name}.key"]

    def issue(self, name, names, addresses=(), valid=("20250101000000Z", "20450101000000Z")):
        """The path of a file with a certificate and its key."""
        alternatives = [f"DNS:{it}" for it in names] + [f"IP:{it}" for it in addresses]
        configuration = self.folder / f"{name}.cnf"
        configuration.write_text(CONFIGURATION.format(folder=self.folder, names=",".join(alternatives)))
        self.openssl("req", *self.key(name), "-subj", f"/CN={name}", "-out", f"{name}.csr")
        issuer = ["-cert", self.bundle, "-keyfile", "ca.key", "-config", configuration, "-extensions", "leaf"]
        self.openssl("ca", "-batch", "-notext", *issuer, "-in", f"{name}.csr", "-out", f"{name}.crt", "-startdate", valid[0], "-enddate", valid[1])
        path = self.folder / f"{name}.pem"
        path.write_text((self.folder / f"{name}.crt").read_text() + (self.folder / f"{name}.key").read_text())
        return path
