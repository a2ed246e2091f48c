"""M-Pesa's Daraja API: access tokens, STK push, query, and what their answers mean.

It knows nothing of tickets, tables or routes; another project could take it as it is.
"""
