"""What Amazon asks for what is counted.

On-demand DynamoDB and standard SQS in us-east-1, in USD for a million; DynamoDB's since 2024-11-01 ("Amazon
DynamoDB pricing", "Amazon SQS pricing", both as of 2025-07). Other regions differ by up to a third. Not
counted: storage, Lambda, API Gateway, logs, and the free tiers.
"""

from typing import Final

READ_UNITS: Final = 0.125
WRITE_UNITS: Final = 0.625
SQS_REQUESTS: Final = 0.40
#: Lambda takes a message off its queue by a receive and a delete, after somebody has sent it.
SQS_REQUESTS_PER_MESSAGE: Final = 3
#: A rate to read the figures by, not to pay by.
KES_PER_USD: Final = 129.0


def usd(read_units: float, write_units: float, messages: int) -> float:
    """The price in USD of so many units and messages."""
    sqs = messages * SQS_REQUESTS_PER_MESSAGE * SQS_REQUESTS
    return (read_units * READ_UNITS + write_units * WRITE_UNITS + sqs) / 1_000_000
