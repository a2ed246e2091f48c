"""M-Pesa's receipts: each counts for one payment, by a guard that its settlement takes."""

from collections.abc import Collection

from chalicelib.core.dynamo import read_together
from chalicelib.core.guards import Guard


def key_of(receipt: str) -> str:
    """The key of a receipt's guard."""
    return f"receipt#{receipt}"


def owners(receipts: Collection[str]) -> dict[str, str]:
    """The ids of the payments for which these receipts count, as of now; 100 at most in one call."""
    if not receipts:
        return {}
    found = read_together([(Guard, key_of(receipt)) for receipt in dict.fromkeys(receipts)])
    return {receipt: guard.owner for receipt in receipts if (guard := found.get((Guard, key_of(receipt))))}
