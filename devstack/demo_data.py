"""Demo data: three people, a few categories, a dozen believable Kenyan events."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import quote

from chalicelib.accounts import permissions, roles, signing_up
from chalicelib.accounts.models import User
from chalicelib.accounts.schemas import SignUp
from chalicelib.catalog import categories, events, stock
from chalicelib.catalog.models import Event, Stock
from chalicelib.catalog.schemas import NewEvent
from chalicelib.core import clock
from chalicelib.core.guards import Guard
from chalicelib.web.caller import Caller, Identity
from devstack.demo_accounts import ACCOUNTS, PASSWORD

#: (user name, phone, role)
PEOPLE: Final = (
    ("admin", "0708 374 001", permissions.ADMIN),
    ("organizer", "0708 374 002", permissions.ORGANIZER),
    ("user", "0708 374 149", permissions.USER),
)

CATEGORIES: Final = ("Music", "Sport", "Theatre", "Food & drink", "Technology", "Culture")


@dataclass(frozen=True)
class Show:
    """One demo event, `days` from today at `hour` in Nairobi, for `hours`.

    Prices are in KES; None: not sold.
    """

    name: str
    category: str
    place: str
    tags: str
    description: str
    days: int
    hour: int
    hours: int
    early: int | None
    regular: int | None
    mvp: int | None
    seats: int
    sold_out: bool = False


SHOWS: Final = (
    Show(
        "Blankets & Wine Nairobi", "Music", "Loresho Gardens, Nairobi", "live music, picnic, afro-pop",
        "An afternoon of live music on the grass. Bring a blanket; the wine is there.",
        30, 12, 9, 2500, 3500, 9000, 400,
    ),
    Show(
        "Sauti Sol Reunion Night", "Music", "Carnivore Grounds, Nairobi", "afro-pop, concert",
        "Nairobi's own on one stage again, with friends from Lagos and Dar es Salaam.",
        12, 19, 5, 3000, 4500, 12000, 600, sold_out=True,
    ),
    Show(
        "Mashemeji Derby: Gor Mahia v AFC Leopards", "Sport", "Nyayo National Stadium, Nairobi",
        "football, derby, kpl", "The oldest rivalry in Kenyan football. Gates open two hours early.",
        6, 15, 3, None, 500, 1500, 2000,
    ),
    Show(
        "Safari Rally Service Park Tour", "Sport", "Naivasha, Nakuru", "rally, wrc, family",
        "Meet the crews, see the cars, and watch the shakedown stage from the ridge.",
        45, 9, 8, 1000, 1500, 6000, 300,
    ),
    Show(
        "Lamu Cultural Festival", "Culture", "Lamu Old Town", "dhow race, donkey race, swahili, utamaduni",
        "Dhow and donkey races, henna, poetry and taarab between the old stone houses.",
        60, 8, 72, 1200, 1800, None, 500,
    ),
    Show(
        "Taarab Night at Fort Jesus", "Music", "Fort Jesus, Mombasa", "taarab, swahili, pwani",
        "Usiku wa taarab: an orchestra under the walls of the fort, with halwa and kahawa.",
        18, 20, 4, 800, 1200, 3000, 150,
    ),
    Show(
        "Kisumu Fish & Jazz", "Food & drink", "Dunga Beach, Kisumu", "jazz, tilapia, lake",
        "Fried tilapia, brown ugali and a big band by the lake as the sun goes down.",
        21, 16, 6, None, 1000, 2500, 200,
    ),
    Show(
        "DevFest Nairobi", "Technology", "Strathmore University, Nairobi", "software, cloud, ai",
        "A day of talks and code labs by and for people who build things.",
        9, 8, 9, None, 0, 1500, 350,
    ),
    Show(
        "The River Between, on stage", "Theatre", "Kenya National Theatre, Nairobi", "drama, ngugi, classic",
        "Ngũgĩ wa Thiong'o's novel of two ridges, staged with a live choir from Mũrang'a.",
        14, 18, 3, 900, 1300, 2500, 120,
    ),
    Show(
        "Eldoret City Half Marathon", "Sport", "Sosiani Grounds, Eldoret", "running, athletics",
        "Run 21 kilometres at 2,100 metres where champions train. Chip timing included.",
        40, 6, 6, 1500, 2000, None, 800,
    ),
    Show(
        "Nyama & Beats", "Food & drink", "Ngong Racecourse, Nairobi", "nyama choma, gengetone, family",
        "Twenty grills, three DJs, and a corner for children.",
        4, 11, 10, None, 1500, 4000, 250, sold_out=True,
    ),
    Show(
        "Maasai Mara Stargazing Weekend", "Culture", "Talek, Narok", "astronomy, camping, wildlife",
        "Two nights of clear sky with astronomers and Maasai storytellers. Tents provided.",
        75, 17, 42, 8500, 11000, 18000, 60,
    ),
)  # fmt: skip


def load() -> str:
    """Put the demo data into empty tables; does nothing where they are loaded already.

    Returns:
        One line that says what was done.
    """
    if _user_id(ACCOUNTS["admin"]):
        return "The demo data is there already."
    at = clock.now()
    roles.put_built_in()
    people = {role: _person(name, phone, role, at) for name, phone, role in PEOPLE}
    numbers = {name: int(categories.create(name, at).id) for name in CATEGORIES}
    organizer = _caller(people[permissions.ORGANIZER], permissions.ORGANIZER, at)
    for show, caller in zip(SHOWS, _a_second_apart(organizer), strict=False):
        made = events.create(_form(show, numbers[show.category], at), caller)
        if show.sold_out:
            _sell_out(made.event, made.shards)
    return f"Loaded {len(PEOPLE)} people, {len(CATEGORIES)} categories and {len(SHOWS)} events."


def _person(name: str, phone: str, role: int, at: datetime) -> str:
    form = SignUp.model_validate(
        {"username": name, "email": ACCOUNTS[name], "password": PASSWORD, "phone_number": phone}
    )
    return str(signing_up.sign_up(form, (role,), at).id)


def _user_id(email: str) -> str | None:
    try:
        return str(User.get(Guard.get(signing_up.email_key(email)).owner).id)
    except (Guard.DoesNotExist, User.DoesNotExist):
        return None


def _caller(user_id: str, role: int, at: datetime) -> Caller:
    identity = Identity(user_id, (role,), frozenset(permissions.BUILT_IN[role][1]), "demo", at)
    return Caller(at=at, identity=identity)


def _a_second_apart(caller: Caller) -> Iterator[Caller]:
    for seconds in range(len(SHOWS)):
        yield replace(caller, at=caller.at + timedelta(seconds=seconds))


def _form(show: Show, category: int, at: datetime) -> NewEvent:
    # Midnight in Nairobi is 21:00 UTC of the day before.
    today = at.replace(hour=0, minute=0, second=0, microsecond=0)
    start = today + timedelta(days=show.days, hours=show.hour - 3)
    return NewEvent.model_validate(
        {
            "event_name": show.name,
            "description": show.description,
            "tags": show.tags,
            "location": show.place,
            "start_time": start.isoformat(),
            "end_time": (start + timedelta(hours=show.hours)).isoformat(),
            "early_booking_price": show.early,
            "regular_price": show.regular,
            "MVP_price": show.mvp,
            "available_tickets": show.seats,
            "category_id": category,
            "images": poster(show),
        }
    )


def _sell_out(event: Event, shards: list[Stock]) -> None:
    """Book every seat as sold for the regular price: a front end wants to see what sold out looks like."""
    sold: Any = Stock.sold  # paths here, not dictionaries
    revenue: Any = Stock.revenue
    for shard in shards:
        seats = stock.left([shard])
        shard.update(
            actions=[
                Stock.remaining.set(dict.fromkeys(shard.remaining, 0)),
                sold["regular"].set(seats),
                revenue["regular"].set(seats * int(event.prices["regular"])),
                Stock.version.add(1),
            ]
        )


def poster(show: Show) -> str:
    """A picture that needs no network: an SVG as a data URL, under the 2,048 characters of `images`."""
    hue = sum(show.name.encode()) * 37 % 360
    words = show.name.replace("&", "&amp;")
    svg = (
        "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 640 360'>"
        f"<rect width='640' height='360' fill='hsl({hue} 60% 30%)'/>"
        f"<circle cx='520' cy='70' r='150' fill='hsl({(hue + 40) % 360} 80% 55%)' opacity='.75'/>"
        f"<path d='M0 300q160-70 320-20t320-30v110H0z' fill='hsl({hue} 70% 18%)'/>"
        f"<text x='36' y='210' font-family='sans-serif' font-size='34' font-weight='700' fill='#fff' "
        f"textLength='{min(560, 17 * len(show.name))}' lengthAdjust='spacingAndGlyphs'>{words}</text>"
        f"<text x='36' y='252' font-family='sans-serif' font-size='20' fill='#fff'>{show.place}</text>"
        "</svg>"
    )
    return "data:image/svg+xml," + quote(svg, safe=" =:/'()")
