"""`make smoke`: is what was deployed alive, and does it answer as the contract says? It changes nothing."""

from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

import requests

#: Seconds to wait for an answer; the first may find a cold function.
PATIENCE_SECONDS: Final = 30
#: A callback's path that nobody can have been given.
STRANGER: Final = f"/lnmo/{'0' * 32}/1/{'0' * 64}"


class Unexpected(Exception):
    """An answer is not as it should be; the text says how."""


def smoke(url: str, origin: str = "", tell: Callable[[str], None] = print) -> bool:
    """Ask a deployment a few harmless things; whether all answers were right.

    Args:
        url: where the API is, with API Gateway's stage if it is part of it.
        origin: one of ALLOWED_ORIGINS, whose CORS headers are then looked at.
        tell: takes a line for each question.
    """
    base = url.rstrip("/")
    if urlsplit(base).scheme not in ("http", "https"):
        tell(f"not ok  URL={url} is no URL: it starts with https://")
        return False
    good = True
    for name, question in _QUESTIONS.items():
        try:
            tell(f"ok      {name}: {question(base, origin)}")
        except (Unexpected, requests.RequestException, ValueError, KeyError) as problem:
            tell(f"not ok  {name}: {problem or type(problem).__name__}")
            good = False
    return good


def _health(base: str, _: str) -> str:
    body = _ask("GET", f"{base}/health", 200).json()
    _expect(body["status"] == "ok", f"status is {body['status']}")
    return f"stage {body['stage']}, build {body['build']}"


def _events(base: str, _: str) -> str:
    body = _ask("GET", f"{base}/events?limit=5", 200).json()
    _expect(isinstance(body, list), "the body is not a list")
    return f"{len(body)} on the first page"


def _unknown(base: str, _: str) -> str:
    answer = _ask("GET", f"{base}/there-is-nothing-here", 404)
    _expect_refusal(answer, "not_found")
    return "404 in our shape"


def _method(base: str, _: str) -> str:
    answer = _ask("DELETE", f"{base}/health", 405)
    _expect_refusal(answer, "method_not_allowed")
    _expect("GET" in answer.headers.get("Allow", ""), "Allow does not name GET")
    return f"405, Allow: {answer.headers['Allow']}"


def _preflight(base: str, origin: str) -> str:
    asked = {"Origin": origin or "https://stranger.example", "Access-Control-Request-Method": "POST"}
    answer = _ask("OPTIONS", f"{base}/payments", 204, headers=asked)
    _expect("POST" in answer.headers.get("Access-Control-Allow-Methods", ""), "POST is not allowed")
    allowed = answer.headers.get("Access-Control-Allow-Origin")
    wanted = origin or None
    _expect(allowed == wanted, f"Access-Control-Allow-Origin is {allowed}, not {wanted}")
    return (
        f"{origin} is allowed" if origin else "a strange origin is not allowed (ORIGIN=… tests one of ours)"
    )


def _callback(base: str, _: str) -> str:
    answer = _ask("POST", f"{base}{STRANGER}", 404, json={"Body": {"stkCallback": {"ResultCode": 0}}})
    _expect_refusal(answer, "not_found")
    return "a stranger's is refused"


_QUESTIONS: Final[dict[str, Callable[[str, str], str]]] = {
    "health": _health,
    "events": _events,
    "unknown path": _unknown,
    "wrong method": _method,
    "preflight": _preflight,
    "callback": _callback,
}


def _ask(method: str, url: str, status: int, **options: object) -> requests.Response:
    answer = requests.request(method, url, timeout=PATIENCE_SECONDS, **options)  # type: ignore[arg-type]
    _expect(answer.status_code == status, f"answered {answer.status_code}, not {status}: {answer.text[:200]}")
    return answer


def _expect_refusal(answer: requests.Response, code: str) -> None:
    body = answer.json()
    _expect(body.get("code") == code, f"code is {body.get('code')}, not {code}")
    _expect(bool(body.get("message")), "there is no message")
    seen = answer.headers.get("X-Request-Id")
    _expect(bool(seen) and body.get("request_id") == seen, "request_id is not the X-Request-Id")


def _expect(condition: bool, otherwise: str) -> None:
    if not condition:
        raise Unexpected(otherwise)
