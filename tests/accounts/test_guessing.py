"""Who tries passwords is stopped, and whose account it is gets in (decision 0086)."""

import pytest

from chalicelib.accounts import guessing, passwords, resetting
from chalicelib.core import limits
from devstack.gateway import Gateway
from tests.actors import sign_up_form

RIGHT = {"email": "amina@example.com", "password": "Tiketi@123"}
WRONG = {"email": "amina@example.com", "password": "Tiketi@124"}


class Network:
    """From which address people call; each test begins at home."""

    def __init__(self) -> None:
        self.address = "41.90.1.2"

    def moves_to(self, address: str) -> None:
        self.address = address


@pytest.fixture
def network(monkeypatch):
    network, event = Network(), Gateway.event
    monkeypatch.setattr(Gateway, "event", lambda self, *asked: event(self, *asked[:-1], network.address))
    return network


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Passwords that cost no time: what counts here is how often they are looked at."""
    looked = []
    monkeypatch.setattr(passwords, "hash_of", lambda password: f"hash of {password}")
    monkeypatch.setattr(
        passwords, "matches", lambda given, kept: looked.append(given) or kept == f"hash of {given}"
    )
    return looked


@pytest.fixture
def amina(town, network):
    """She has signed up at home."""
    return town.signs_up("amina")


def guesses(town, n, form=WRONG):
    return [town.asks("POST", "/login", form).status for _ in range(n)]


def test_a_stranger_gets_so_many_guesses_and_then_none_is_looked_at(town, network, amina, quick, clock):
    network.moves_to("197.248.0.1")
    quick.clear()
    clock.passes(minutes=10)

    assert guesses(town, limits.LOG_INS.most + 5) == [401] * limits.LOG_INS.most + [429] * 5
    assert len(quick) == limits.LOG_INS.most
    refused = town.asks("POST", "/login", RIGHT)
    assert (refused.status, refused.body["code"], refused.header("Retry-After")) == (
        429,
        "rate_limited",
        str(50 * 60),
    )
    assert "set a new password" in refused.body["message"]


def test_after_the_wait_they_are_let_in_again(town, network, amina, clock):
    network.moves_to("197.248.0.1")
    guesses(town, limits.LOG_INS.most + 1)

    clock.passes(seconds=int(town.asks("POST", "/login", WRONG).header("Retry-After")))

    assert town.asks("POST", "/login", RIGHT).status == 200


def test_many_addresses_do_not_give_more_guesses(town, network, amina):
    statuses = []
    for number in range(limits.LOG_INS.most + 5):
        network.moves_to(f"197.248.{number}.1")
        statuses += guesses(town, 1)

    assert statuses.count(401) == limits.LOG_INS.most


def test_whose_account_it_is_gets_in_meanwhile_where_they_logged_in_before(town, network, amina):
    network.moves_to("197.248.0.1")
    guesses(town, limits.LOG_INS.most + 5)

    network.moves_to("41.90.1.77")  # their carrier has given them a neighbouring address

    assert town.asks("POST", "/login", RIGHT).status == 200


def test_their_places_stay_known_when_their_address_is_another(town, network, amina):
    new = {"email": "amina@example.org"}
    assert amina.asks("PATCH", f"/users/{amina.id}", new).status == 200
    network.moves_to("197.248.0.1")
    guesses(town, limits.LOG_INS.most + 5, WRONG | new)
    assert town.asks("POST", "/login", RIGHT | new).status == 429

    network.moves_to("41.90.1.2")

    assert town.asks("POST", "/login", RIGHT | new).status == 200


def test_who_is_signed_up_by_an_admin_is_not_where_the_admin_is(town, network):
    form = sign_up_form("juma", role_ids=[3])
    assert town.admin().asks("POST", "/users", form).status == 201
    right = {"email": "juma@example.com", "password": "Tiketi@123"}

    guesses(town, limits.LOG_INS.most, WRONG | {"email": right["email"]})

    assert town.asks("POST", "/login", right).status == 429


def test_and_from_elsewhere_by_a_new_password(town, network, amina, clock):
    network.moves_to("197.248.0.1")
    guesses(town, limits.LOG_INS.most + 5)
    network.moves_to("105.160.0.9")
    assert town.asks("POST", "/login", RIGHT).status == 429

    path = resetting.new_link(amina.id, clock()).partition("/password-resets")[2]
    assert town.asks("PUT", f"/password-resets{path}", {"password": "Another@123"}).status == 200

    assert town.asks("POST", "/login", RIGHT | {"password": "Another@123"}).status == 200


def test_a_neighbour_keeps_nobody_out_who_has_the_mailbox(town, network, amina, clock):
    """Who shares the network with the owner fills the counter of that place."""
    guesses(town, limits.LOG_INS_AT_HOME.most + 1)
    assert town.asks("POST", "/login", RIGHT).status == 429

    path = resetting.new_link(amina.id, clock()).partition("/password-resets")[2]
    assert town.asks("PUT", f"/password-resets{path}", {"password": "Another@123"}).status == 200

    assert town.asks("POST", "/login", RIGHT | {"password": "Another@123"}).status == 200


def test_at_a_known_place_guesses_are_counted_too(town, network, amina):
    left = limits.LOG_INS_AT_HOME.most

    assert guesses(town, left + 3) == [401] * left + [429] * 3


def test_who_is_right_at_a_known_place_is_never_too_often(town, network, amina):
    """A gate crew that shares an account."""
    times = limits.LOG_INS_AT_HOME.most + 10

    assert guesses(town, times, RIGHT) == [200] * times


def test_what_is_right_takes_back_nothing_but_itself(town, network, amina):
    """Neither the owner's log-ins, nor a thief's to an account of their own, give a guess more."""
    town.signs_up("thief")
    own, left = RIGHT | {"email": "thief@example.com"}, limits.LOG_INS_AT_HOME.most
    for _ in range(left - 1):
        assert guesses(town, 1) + guesses(town, 1, RIGHT) + guesses(town, 1, own) == [401, 200, 200]

    assert guesses(town, 2) + guesses(town, 1, RIGHT) + guesses(town, 1, own) == [401, 429, 429, 200]


def test_a_place_is_forgotten_after_90_days(town, network, amina, clock):
    clock.passes(days=91)
    network.moves_to("197.248.0.1")
    guesses(town, limits.LOG_INS.most)
    network.moves_to("41.90.1.2")

    assert town.asks("POST", "/login", RIGHT).status == 429


def test_a_place_that_is_used_stays_known(town, network, amina, clock):
    for _ in range(3):
        clock.passes(days=45)
        assert town.asks("POST", "/login", RIGHT).status == 200
    guesses(town, 5)
    network.moves_to("197.248.0.1")
    guesses(town, limits.LOG_INS.most + 1)
    network.moves_to("41.90.1.2")

    assert town.asks("POST", "/login", RIGHT).status == 200


def test_an_unknown_address_is_told_the_same(town, network, amina):
    network.moves_to("105.160.0.9")
    assert town.asks("POST", "/login", RIGHT).status == 200  # what is right counts nothing
    network.moves_to("197.248.0.1")
    known, unknown = guesses(town, 25), guesses(town, 25, WRONG | {"email": "nobody@example.com"})

    assert known == unknown
    nobody = town.asks("POST", "/login", WRONG | {"email": "nobody@example.com"})
    assert nobody.body["message"] == town.asks("POST", "/login", WRONG).body["message"]


def fewer(monkeypatch, name, most):
    """A limit with another number, where so many requests would only cost time."""
    for room in (limits, guessing):
        if hasattr(room, name):
            monkeypatch.setattr(room, name, getattr(room, name)._replace(most=most))


def test_one_guess_at_each_of_many_accounts_is_stopped_by_the_address(town, network, amina, monkeypatch):
    fewer(monkeypatch, "WRONG_LOG_INS", 5)
    network.moves_to("197.248.0.1")
    statuses = [
        town.asks("POST", "/login", WRONG | {"email": f"{number}@example.com"}).status for number in range(8)
    ]

    assert statuses == [401] * 5 + [429] * 3
    assert "your network" in town.asks("POST", "/login", RIGHT).body["message"]
    network.moves_to("197.248.0.2")
    assert town.asks("POST", "/login", RIGHT).status == 200


def test_who_guesses_does_not_learn_which_account_is_known_where_they_are(town, network, amina, monkeypatch):
    """Thousands are behind one address, and in one place; the owner's right password is heard."""
    nobody = WRONG | {"email": "nobody@example.com"}
    fewer(monkeypatch, "WRONG_LOG_INS", 3)
    guesses(town, 3, nobody)
    known, unknown = (town.asks("POST", "/login", form) for form in (WRONG, nobody))
    assert (known.status, known.body["message"]) == (unknown.status, unknown.body["message"])
    assert (known.status, town.asks("POST", "/login", RIGHT).status) == (429, 200)


def test_nor_by_filling_its_counter_from_elsewhere(town, network, amina):
    nobody = WRONG | {"email": "nobody@example.com"}
    network.moves_to("197.248.0.1")
    for form in (WRONG, nobody):
        guesses(town, limits.LOG_INS.most, form)
    network.moves_to("41.90.1.2")

    known, unknown = (town.asks("POST", "/login", form) for form in (WRONG, nobody))

    assert (known.status, known.body["message"]) == (unknown.status, unknown.body["message"])
    assert (known.status, town.asks("POST", "/login", RIGHT).status) == (429, 200)


def test_who_is_behind_the_same_address_and_known_there_gets_in(town, network, amina, monkeypatch):
    fewer(monkeypatch, "WRONG_LOG_INS", 2)
    guesses(town, 3, WRONG | {"email": "nobody@example.com"})

    assert town.asks("POST", "/login", RIGHT).status == 200


def test_neighbours_who_log_in_rightly_fill_nothing(town, network, amina, monkeypatch):
    """Thousands are behind one address of a carrier; each logs in to an account of their own."""
    fewer(monkeypatch, "WRONG_LOG_INS", 2)
    network.moves_to("105.160.0.9")
    for number in range(4):
        town.signs_up(f"neighbour{number}")
    network.moves_to("41.90.1.2")
    for number in range(4):
        form = {"email": f"neighbour{number}@example.com", "password": "Tiketi@123"}
        assert town.asks("POST", "/login", form).status == 200


def test_who_signs_up_too_often_waits(town, network, monkeypatch):
    fewer(monkeypatch, "SIGN_UPS", 3)
    for number in range(3):
        town.signs_up(f"bot{number}")

    refused = town.asks("POST", "/signup", sign_up_form("bot4"))

    assert (refused.status, refused.body["code"]) == (429, "rate_limited")
    network.moves_to("41.90.1.3")
    assert town.asks("POST", "/signup", sign_up_form("amina")).status == 201


def test_who_looks_for_who_has_an_account_is_stopped_much_sooner(town, amina, monkeypatch):
    fewer(monkeypatch, "SIGN_UPS", 1 + 3 * limits.TAKEN_COUNTS)

    assert [town.asks("POST", "/signup", sign_up_form("amina")).status for _ in range(4)] == [409] * 3 + [429]


def test_links_are_asked_for_so_often_from_one_address(town, network, monkeypatch):
    fewer(monkeypatch, "RESETS", 3)
    statuses = [
        town.asks("POST", "/password-resets", {"email": f"{number}@example.com"}).status
        for number in range(5)
    ]

    assert statuses == [202] * 3 + [429] * 2
    network.moves_to("41.90.1.3")
    assert town.asks("POST", "/password-resets", {"email": "x@example.com"}).status == 202


def test_a_counter_that_dynamodb_refuses_lets_nobody_in(town, amina, monkeypatch, quick):
    """It is hammered, and so is the account: open would be a way in."""
    from chalicelib.core import counters
    from chalicelib.core.dynamo import StillColliding

    def throttled(*given):
        raise StillColliding

    quick.clear()
    monkeypatch.setattr(counters, "update", throttled)

    assert town.asks("POST", "/login", RIGHT).status == 503
    assert quick == []
