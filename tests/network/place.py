"""A private network: a name server that does not know AWS, the simulator behind TLS with a private CA, and what gives
credentials to hosts and containers."""

import socket
import ssl
import subprocess
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import boto3
import certificates
import harness
from harness.simulator import KEY, SECRET
from names import NameServer
from proxy import Proxy
from sockets import relay, serve

ACCOUNT = "111122223333"
REGION = "eu-central-1"
# Networks for documentation, and where hosts and containers ask for credentials.
PROXY, AWS, NAMES = "192.0.2.1", "192.0.2.20", "192.0.2.53"
METADATA = ["169.254.169.254", "169.254.170.2", "169.254.170.23"]
INTERNAL = "aws.internal.example"
# A name for which the name server never answers.
NEVER = "never.internal.example"
# Packets to this port of AWS's are dropped.
SILENT = 9020

WORLD = {
    "rate_limits": False,
    "accounts": {
        ACCOUNT: {
            "name": "Acme",
            "regions": [REGION, "us-east-1"],
            "principals": {KEY: {"secret": SECRET, "name": "exporter", "policy": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}}},
            "roles": {
                "pod": {"web_identity": True, "policy": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}},
                "host": {"trusted": [ACCOUNT], "policy": {"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}},
            },
        }
    },
}


def run(*command):
    subprocess.run(command, check=True, capture_output=True)


def full(address, port):
    """A listener whose queue is full, so that the kernel drops further requests for connections; and what fills it."""
    listener = socket.create_server((address, port), backlog=0)
    waiting = []
    for _ in range(4):
        waiting.append(socket.socket())
        waiting[-1].setblocking(False)
        waiting[-1].connect_ex((address, port))
    return listener, waiting


class Place:
    """All of it, for as long as the `with` block lasts."""

    def __init__(self, program):
        self.program = program
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name)

    def __enter__(self):
        run("ip", "link", "set", "lo", "up")
        for address in [PROXY, AWS, NAMES, *METADATA]:
            run("ip", "address", "add", f"{address}/32", "dev", "lo")
        self.full = full(AWS, SILENT)
        resolver = self.path / "resolv.conf"
        resolver.write_text(f"nameserver {NAMES}\n")
        run("mount", "--bind", resolver, "/etc/resolv.conf")
        NameServer(NAMES, {"proxy.corp.example": PROXY, INTERNAL: AWS}, NEVER)
        self.ca = certificates.Authority(self.path)
        self.simulator = harness.Simulator(self.program, WORLD)
        session = boto3.client("sts", endpoint_url=self.simulator.url, region_name=REGION, aws_access_key_id=KEY, aws_secret_access_key=SECRET)
        role = f"arn:aws:iam::{ACCOUNT}:role/host"
        self.session = session.assume_role(RoleArn=role, RoleSessionName="host")["Credentials"]
        self.fronts()
        for address in METADATA:
            self.give_credentials(address)
        # Where a profile may say that IMDS is.
        self.give_credentials(AWS, 9013)
        return self

    def __exit__(self, *_):
        self.simulator.kill()
        self.folder.cleanup()

    def fronts(self):
        """Servers that terminate TLS in front of the simulator, and some that do not."""
        host, port = self.simulator.address.split(":")
        behind = (host, int(port))
        names = ["iam.amazonaws.com", f"*.{REGION}.amazonaws.com", "*.us-east-1.amazonaws.com", INTERNAL]

        def tls(certificate):
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)

            def handle(connection):
                with context.wrap_socket(connection, server_side=True) as wrapped, socket.create_connection(behind) as upstream:
                    relay(wrapped, upstream)

            return handle

        good = tls(self.ca.issue("good", names, [AWS]))
        for number in (443, 8443):
            serve(AWS, number, good)
        serve(AWS, 9001, tls(self.ca.issue("expired", names, valid=("20240101000000Z", "20250101000000Z"))))
        serve(AWS, 9002, tls(self.ca.issue("other", ["other.example"])))
        serve(AWS, 9003, tls(self.ca.issue("early", names, valid=("20480101000000Z", "20490101000000Z"))))

        def plain(connection):
            with socket.create_connection(behind) as upstream:
                relay(connection, upstream)

        serve(AWS, 9010, plain)
        serve(AWS, 9011, lambda connection: None)
        serve(AWS, 9012, lambda connection: threading.Event().wait())

    def give_credentials(self, address, port=80):
        """What IMDS and the agents of ECS and EKS answer, with the credentials of a role."""
        document = (
            '{"Code":"Success","Type":"AWS-HMAC","AccessKeyId":"%(AccessKeyId)s","SecretAccessKey":"%(SecretAccessKey)s","Token":"%(SessionToken)s","Expiration":"2099-01-01T00:00:00Z"}'
            % self.session
        )
        answers = {"/latest/api/token": "token", "/latest/meta-data/iam/security-credentials/": "host", "/latest/meta-data/placement/region": REGION}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                body = answers.get(self.path, document).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("x-aws-ec2-metadata-token-ttl-seconds", "21600")
                self.end_headers()
                self.wfile.write(body)

            do_PUT = do_GET

            def log_message(self, *_):
                pass

        threading.Thread(target=ThreadingHTTPServer((address, port), Handler).serve_forever, daemon=True).start()

    def proxy(self, **options):
        """A proxy of its own for a case. It alone knows where AWS is."""

        def resolve(host, port):
            if host.endswith(".amazonaws.com"):
                return AWS, port
            return {INTERNAL: AWS}.get(host, host), port

        return Proxy(PROXY, resolve, **options)
