"""What the figures in docs/performance.md come from: `python -m bench`, or one of its subjects."""

import os

# The tables' names have the stage; nothing here may reach a real account.
os.environ |= {
    "STAGE": "local",
    "AWS_ACCESS_KEY_ID": "local",
    "AWS_SECRET_ACCESS_KEY": "local",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
