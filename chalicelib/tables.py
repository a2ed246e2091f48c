"""Every table, from one list: the local stack, the tests and the deployment create these."""

from typing import Final

from pynamodb.models import Model

from chalicelib.accounts.models import AuditLine, Role, User
from chalicelib.catalog.index_models import Entry, Posting, Term
from chalicelib.catalog.models import Category, CoOrganizer, Event, GateDuty, Stock, StockCopy, Takings
from chalicelib.core.counters import Counter
from chalicelib.core.guards import Guard
from chalicelib.core.outbox import OutboxMessage
from chalicelib.core.shared import Shared
from chalicelib.live.models import Connection, Subscription, Watched
from chalicelib.offers.models import Count, PromoCode
from chalicelib.payments.cash_models import CashDrawer, CashUp
from chalicelib.payments.difference_models import Difference
from chalicelib.payments.models import LedgerLine, Payment, Refund
from chalicelib.privacy.models import Erasure
from chalicelib.reports.models import Payout, PayoutAccount
from chalicelib.tickets.models import Scan, Ticket

TABLES: Final[tuple[type[Model], ...]] = (
    Role,
    User,
    AuditLine,
    Category,
    Event,
    Stock,
    StockCopy,
    Takings,
    CoOrganizer,
    GateDuty,
    PromoCode,
    Count,
    Posting,
    Term,
    Entry,
    Payment,
    LedgerLine,
    Refund,
    CashDrawer,
    CashUp,
    Difference,
    PayoutAccount,
    Payout,
    Ticket,
    Scan,
    OutboxMessage,
    Connection,
    Subscription,
    Watched,
    Erasure,
    Guard,
    Counter,
    Shared,
)

#: Tables whose items lapse, and the attribute that says when (epoch seconds): DynamoDB may then delete them.
LAPSES: Final[dict[type[Model], str]] = dict.fromkeys(
    (
        Guard,
        Counter,
        Posting,
        Entry,
        StockCopy,
        OutboxMessage,
        AuditLine,
        Scan,
        Erasure,
        Connection,
        Subscription,
        Watched,
    ),
    "lapses_at",
)
