"""What Amazon asks for what is counted, in USD for a million, in us-east-1.

Not counted: storage, Lambda, API Gateway, logs, and the free tiers. Other regions differ by up to a third.
"""

from typing import Final

#: On-demand DynamoDB, by the request unit: aws.amazon.com/dynamodb/pricing/on-demand, since 2024-11-01, when
#: both were halved ("Amazon DynamoDB reduces prices for on-demand throughput and global tables").
READ_UNITS: Final = 0.125
WRITE_UNITS: Final = 0.625
#: Requests to standard queues, up to a hundred thousand million a month, each of at most 64 KB:
#: aws.amazon.com/sqs/pricing, so in March 2026.
SQS_REQUESTS: Final = 0.40
#: Lambda takes a message off its queue by a receive and a delete, after somebody has sent it.
SQS_REQUESTS_PER_MESSAGE: Final = 3
#: An assumption to read the figures by, not to pay by: the indicative rate of the Central Bank of Kenya was
#: 129.01 on 2025-12-31, and from 128.9 to 130 all that year. Another rate changes the column in KES only.
KES_PER_USD: Final = 129.0


def usd(read_units: float, write_units: float, messages: int) -> float:
    """The price in USD of so many units and messages."""
    sqs = messages * SQS_REQUESTS_PER_MESSAGE * SQS_REQUESTS
    return (read_units * READ_UNITS + write_units * WRITE_UNITS + sqs) / 1_000_000
