"""`make deploy`: a stage's package to S3, its template to CloudFormation, by AWS's own commands."""

import subprocess
from collections.abc import Mapping
from typing import Final

from devstack.deployment import Stopped, secrets
from devstack.deployment.packaging import Package, package, stage_named, tool

#: Parameters of the template that the environment may set; what it does not set stays as it was.
PARAMETERS: Final = {"DOMAIN_NAME": "DomainName", "CERTIFICATE_ARN": "CertificateArn"}


def stack_name(stage: str) -> str:
    """The CloudFormation stack of a stage."""
    return f"tiketi-{stage}"


def deploy(stage_text: str, environment: Mapping[str, str]) -> Package:
    """Create the stage's stack, or change it to what is in this folder.

    Args:
        stage_text: the stage.
        environment: CODE_BUCKET, DOMAIN_NAME and CERTIFICATE_ARN; AWS's own variables count as always.

    Raises:
        Stopped: before anything was changed, or because a command of AWS failed.
    """
    stage = stage_named(stage_text)
    bucket = environment.get("CODE_BUCKET", "")
    if not bucket:
        raise Stopped("CODE_BUCKET is not set: name the S3 bucket that packages go to (docs/deploying.md).")
    if bool(environment.get("DOMAIN_NAME")) != bool(environment.get("CERTIFICATE_ARN")):
        raise Stopped("DOMAIN_NAME and CERTIFICATE_ARN belong together: set both or none.")
    secrets.check_stored(stage)
    made = package(stage)
    _aws("s3", "cp", "--only-show-errors", str(made.code), f"s3://{bucket}/{made.key}")
    values = {"CodeBucket": bucket, "CodeKey": made.key}
    values |= {there: environment[name] for name, there in PARAMETERS.items() if environment.get(name)}
    _aws(
        *("cloudformation", "deploy", "--no-fail-on-empty-changeset"),
        *("--stack-name", stack_name(stage), "--template-file", str(made.template)),
        *("--s3-bucket", bucket, "--s3-prefix", f"tiketi/{stage}"),  # a template above 51 KB goes through S3
        *("--capabilities", "CAPABILITY_IAM", "--parameter-overrides"),
        *(f"{name}={value}" for name, value in values.items()),
    )
    return made


def _aws(*command: str) -> None:
    done = subprocess.run([tool("aws"), *command], stderr=subprocess.PIPE, text=True)
    if done.returncode:
        raise Stopped(f"aws {' '.join(command[:2])} failed: {done.stderr.strip()[-1500:]}")
