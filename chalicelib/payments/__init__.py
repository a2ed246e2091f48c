"""Money: purchase, STK push, callback, settlement, reconciliation, the ledger."""
