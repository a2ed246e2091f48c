"""What letters say in English. The keys and placeholders are those of every language (a test compares)."""

from typing import Final

from chalicelib.payments import failures

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

TEXTS: Final = {
    # What many letters have.
    "hello": "Hello {name},",
    "hello.nobody": "Hello,",
    "some_event": "your event",
    "fact.when": "When",
    "fact.where": "Where",
    "fact.tickets": "Tickets",
    "fact.paid": "Paid",
    "fact.cost": "Price",
    "fact.receipt": "Receipt",
    "fact.order": "Order",
    "ticket": "Ticket {number} of {of}",
    "ticket.open": "Open",
    "minutes.one": "1 minute",
    "minutes.many": "{count} minutes",
    "hours.one": "1 hour",
    "hours.many": "{count} hours",
    "next.retry": "To try again, open the order in Tiketi Tamasha. Your seats are no longer held, so do not "
    "wait long: the tickets may be sold out.",
    "next.new": "Your seats have been given back. You may make a new order in Tiketi Tamasha.",
    "next.closed": "Your seats have been given back, and these tickets are not on sale any more.",
    "money_is_safe": "If M-Pesa took money all the same, you will get your tickets or the money back.",
    "footer.why": "You get this message because of your account at Tiketi Tamasha. It is sent by a machine; "
    "nobody reads answers to it.",
    "footer.pin": "We never ask for your M-Pesa PIN or your password in a message.",
    # tickets_issued
    "tickets.subject.one": "Your ticket for {event}",
    "tickets.subject.many": "Your {count} tickets for {event}",
    "tickets.heading.one": "Your ticket is here",
    "tickets.heading.many": "Your {count} tickets are here",
    "tickets.paid": "Thank you. We have received your payment of {amount}.",
    "tickets.free": "Your order is complete, and there is nothing to pay.",
    "tickets.how.one": "Show the code on the ticket at the gate, on your phone or on paper. It lets in one "
    "person, once. The ticket is attached as a PDF too.",
    "tickets.how.many": "Show the codes at the gate, on a phone or on paper. Each lets in one person, once. "
    "All the tickets are attached as one PDF too, a page for each.",
    "tickets.care": "Whoever has a ticket's link or code can go in with it: pass it on only to whom it "
    "is for.",
    "tickets.sms.one": "Tiketi Tamasha: {event}, {when}. Your ticket: {url}",
    "tickets.sms.many": "Tiketi Tamasha: {event}, {when}. Your {count} tickets are in your e-mail. "
    "The first: {url}",
    "tickets.sms.each": "Tiketi Tamasha: {event}, {when}. Ticket {number} of {of}: {url}",
    # refund_due
    "refund.subject": "You will get {amount} back for {event}",
    "refund.heading": "You will get {amount} back",
    "refund.event_cancelled": "{event} has been cancelled, so your payment buys no tickets.",
    "refund.again": "You had paid for this order already, so this second payment is returned to you.",
    "refund.part": "Some tickets of your order have been taken back. They are not valid any more.",
    "refund.tickets_are_good": "The tickets of the order stay good.",
    "refund.wrong_amount": "We received {received}, but the order costs {amount}, so it could not be "
    "completed.",
    "refund.no_seats": "Your payment came when the seats could not be had any more.",
    "refund.taken_back": "Your order has been taken back.",
    "refund.tickets_ended": "Tickets that you already got for it are not valid any more.",
    "refund.next": "You need not do anything. Keep this message until you have the money.",
    "refund.sms": "Tiketi Tamasha: you will get {amount} back for {event}. You need not do anything. "
    "Order {order}.",
    "refund.cash.sms": "Tiketi Tamasha: the {amount} that you paid in cash for {event} will be given back "
    "in cash. Ask the organizers. Order {order}.",
    "refunded.subject": "{amount} for {event} has been returned to you",
    "refunded.heading": "{amount} has been returned to you",
    "refunded.next": "You need not do anything.",
    "refunded.sms": "Tiketi Tamasha: {amount} for {event} has been returned to you. Order {order}.",
    # payment_failed, payment_expired, payment_cancelled
    "failed.subject": "Your payment for {event} did not go through",
    "failed.heading": "Your payment did not go through",
    "expired.subject": "Your order for {event} has expired",
    "expired.heading": "Your order has expired",
    "cancelled.subject": "Your order for {event} is cancelled",
    "cancelled.heading": "Your order is cancelled",
    "cancelled.by_buyer": "The order was cancelled before it was paid, and its seats have been given back.",
    "cancelled.event": "{event} has been cancelled, and with it your order, which was not paid.",
    "cancelled.pin": "If the M-Pesa request is still on your phone, do not enter your PIN.",
    # tickets_revoked
    "revoked.subject": "{event} has been cancelled",
    "revoked.heading": "The event has been cancelled",
    "revoked.why": "We are sorry: {event} does not take place. Your tickets are not valid any more.",
    "revoked.order.subject": "Your order for {event} has been taken back",
    "revoked.order.heading": "Your order has been taken back",
    "revoked.order.why": "Your tickets for {event} are not valid any more.",
    "revoked.free": "They were free, so there is nothing to return.",
    # password_reset
    "reset.subject": "A new password for Tiketi Tamasha",
    "reset.heading": "Choose a new password",
    "reset.how": "Somebody asked for a new password for your account. This link lets you choose one. "
    "It counts once, for {duration}.",
    "reset.open": "Choose a new password",
    "reset.ignore": "If that was not you, do nothing: your password stays as it is.",
    # account_changed
    "changed.subject": "Your Tiketi Tamasha account has changed",
    "changed.heading": "Your account has changed",
    "changed.password": "The password of your account was changed: {when}.",
    "changed.email": "The e-mail address of your account was changed: {when}. It is not this one any more.",
    "changed.both": "The password and the e-mail address of your account were changed: {when}. "
    "The address is not this one any more.",
    "changed.yours": "If that was you, there is nothing to do.",
    "changed.not_you.password": "If it was not you, ask for a link for a new password now, where you log in. "
    "A new password ends every other log-in.",
    "changed.not_you.email": "If it was not you, write to us now, from this address: "
    "we can give the account back.",
}

#: Why a payment failed, by what `Payment.failure` holds: what the API says too.
REASONS: Final = {code: failure.message for code, failure in failures.ALL.items()}
