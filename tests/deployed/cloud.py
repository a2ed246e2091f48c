"""AWS, as ministack plays it, Safaricom as the simulator does, and the deployment's own domain."""

import contextlib
import json
import os
import shlex
import ssl
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Self

import boto3
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from devstack.part import Part, answers
from devstack.ports import free_ports
from devstack.stack import ROOT

BUCKET = "tiketi-packages"
STAGE = "dev"
ORIGIN = "https://tickets.example.com"
REGION = "us-east-1"
MAIL_FROM = "Tiketi Tamasha <tickets@example.com>"

#: What a person who deploys has to know; the simulator is told the same.
MERCHANT = {
    "DARAJA_CONSUMER_KEY": "deployed-consumer-key",
    "DARAJA_CONSUMER_SECRET": "deployed-consumer-secret",
    "DARAJA_PASSKEY": "deployed-passkey",
    "DARAJA_SHORTCODE": "600123",
}


class Domain:
    """The API's own domain: TLS in front of API Gateway, which has none on ministack.

    Safaricom's callbacks come in here, since settings of a deployment want an https:// address.
    """

    def __init__(self, folder: Path) -> None:
        self.certificate = folder / "domain.pem"
        _write_certificate(self.certificate)
        self.target = ""
        self.paths: list[str] = []
        domain = self

        class Forward(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                domain.paths.append(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                headers = {"Content-Type": self.headers.get("Content-Type", "")}
                answer = requests.post(f"{domain.target}{self.path}", data=body, headers=headers, timeout=30)
                self.send_response(answer.status_code)
                self.send_header("Content-Length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Forward)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate)
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,))
        self._thread.start()
        self.url = f"https://127.0.0.1:{self._server.server_port}"

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class Cloud:
    """An AWS account, empty but for a bucket; functions get nothing from this machine but Python itself."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.domain = Domain(folder)
        emulator, simulator = free_ports(2)
        self.aws_endpoint = f"http://127.0.0.1:{emulator}"
        self.simulator_url = f"http://127.0.0.1:{simulator}"
        self.url = ""
        self.environment = {
            "AWS_ENDPOINT_URL": self.aws_endpoint,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_ACCESS_KEY_ID": "local",
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "AWS_EC2_METADATA_DISABLED": "true",
            "NO_PROXY": "127.0.0.1",
            "no_proxy": "127.0.0.1",
        }
        bare = {name: os.environ[name] for name in ("HOME", "LANG", "PATH", "TMPDIR") if name in os.environ}
        aws = {name: value for name, value in self.environment.items() if name != "AWS_ENDPOINT_URL"} | {
            "AUTH": "true",
            "MINISTACK_REGION": REGION,
        }  # AUTH: the policies count
        safaricom = MERCHANT | {"DARAJA_SIM_DELAY": "0.5", "DARAJA_SIM_TRUSTED": str(self.domain.certificate)}
        command = ["devstack.emulator", "--port", str(emulator), "--lambda-python", str(_bare_python(folder))]
        self._parts = [
            _part("emulator", command, bare | aws, folder, f"{self.aws_endpoint}/_ministack/health"),
            _part(
                "simulator",
                ["devstack.daraja_simulator", "--port", str(simulator)],
                bare | safaricom | {"NO_PROXY": "127.0.0.1"},
                folder,
                f"{self.simulator_url}/simulator/health",
            ),
        ]

    def __enter__(self) -> Self:
        with contextlib.ExitStack() as undo:
            undo.callback(self.stop)
            for part in self._parts:
                part.start()
            for part in self._parts:
                part.await_ready()
            self.client("s3").create_bucket(Bucket=BUCKET)
            undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        for part in reversed(self._parts):
            part.ask_to_stop()
            part.await_end()
        self.domain.stop()

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.aws_endpoint,
            region_name=REGION,
            aws_access_key_id="local",
            aws_secret_access_key="local",
        )

    @property
    def given(self) -> Mapping[str, str]:
        """What the person who deploys sets in the environment."""
        return {
            **MERCHANT,
            "PUBLIC_URL": self.domain.url,
            "ALLOWED_ORIGINS": ORIGIN,
            "CREDENTIAL_ORIGINS": ORIGIN,
            "DARAJA_BASE_URL": self.simulator_url,
            "MAIL_FROM": MAIL_FROM,
            "CODE_BUCKET": BUCKET,
        }

    def outputs(self) -> dict[str, str]:
        """The outputs of the stage's stack."""
        [stack] = self.client("cloudformation").describe_stacks(StackName=f"tiketi-{STAGE}")["Stacks"]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}

    def find(self) -> None:
        """Look up where the API is; its domain leads there."""
        api = self.outputs()["RestAPIId"]
        self.url = f"{self.aws_endpoint}/restapis/{api}/{STAGE}/_user_request_"
        self.domain.target = self.url

    @property
    def live_url(self) -> str:
        """Where pages connect."""
        return f"ws{self._live_path().removeprefix('http')}"

    def name_the_connections(self) -> None:
        """Tell the functions where connections are: nobody here knows the name of ministack's gateway."""
        functions = self.client("lambda")
        for name in (f"tiketi-{STAGE}-tell", f"tiketi-{STAGE}-hear"):
            variables = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
            variables["CONNECTIONS_URL"] = self._live_path()
            functions.update_function_configuration(FunctionName=name, Environment={"Variables": variables})

    def _live_path(self) -> str:
        return f"{self.aws_endpoint}/_aws/execute-api/{self.outputs()['WebsocketAPIId']}/{STAGE}"

    def allow_more_than_aws_asks(self) -> None:
        """Help ministack out, which asks whether a role may do these things to anything at all."""
        iam = self.client("iam")
        broad = ["ssm:GetParametersByPath", "ses:SendEmail"]
        statement = {"Effect": "Allow", "Action": broad, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        for role in iam.list_roles()["Roles"]:
            iam.put_role_policy(RoleName=role["RoleName"], PolicyName="ministack", PolicyDocument=document)

    def mail(self, to: str) -> list[dict[str, Any]]:
        """What SES was given for an address."""
        answer = requests.get(f"{self.aws_endpoint}/_ministack/ses/messages", timeout=10).json()
        found = [one for messages in answer["messages"].values() for one in messages]
        return [one for one in found if to in one["To"]]

    def log(self) -> str:
        """What ministack has said."""
        return self._parts[0].output()

    def function_log(self, function: str) -> str:
        """What a function has logged."""
        logs = self.client("logs")
        group = f"/aws/lambda/tiketi-{STAGE}-{function}"
        return "\n".join(
            event["message"]
            for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group)
            for event in page["events"]
        )


def _part(name: str, command: list[str], environment: dict[str, str], folder: Path, ready: str) -> Part:
    return Part(
        name, command, environment | {"PYTHONUNBUFFERED": "1"}, ROOT, folder / f"{name}.log", answers(ready)
    )


def _bare_python(folder: Path) -> Path:
    """A Python without any installed package, such as Lambda has it but for boto3."""
    python = folder / "python"
    real = getattr(sys, "_base_executable", sys.executable)
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(real)} -S "$@"\n')
    python.chmod(0o755)
    return python


def _write_certificate(path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
