def test_a_paid_purchase_gives_tickets(buyer, organizer, safaricom, town):
    event = organizer.event()

    payment = buyer.buys(event, 2)
    assert payment["status"] == "Pending"
    safaricom.calls_back(0)

    detail = buyer.payment(payment)
    assert detail["status"] == "Completed"
    assert len(detail["tickets"]) == 2
    assert len(buyer.tickets()) == 2
