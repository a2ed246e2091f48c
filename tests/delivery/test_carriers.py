"""SES, Africa's Talking and the folder: whatever they answer is one of three endings, and they try once."""

import base64
import email
import email.policy
import json
import socket
import threading
from dataclasses import replace
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from chalicelib.core import settings as real
from chalicelib.core.outbox import OutboxMessage
from chalicelib.delivery import africas_talking, folder, ses, ways
from chalicelib.delivery.letter import Attachment, Letter
from chalicelib.delivery.outcomes import Refused, Sent, Unknown

AT = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
LETTER = Letter(
    "amina@example.com",
    "254712345678",
    "Tikiti zako",
    "Karibu! 🎉",
    "<p>Karibu!</p>",
    "Karibu",
    (Attachment("ticket.pdf", "application/pdf", b"%PDF-1.4"),),
)
MESSAGE = OutboxMessage("a" * 48, kind="tickets_issued", user_id="u", created_at=AT, tries=1)


class Carrier:
    """An HTTP server that answers as it is told: status and body, `None` to hang up without a word."""

    def __init__(self):
        self.asked, self.answers = [], []
        carrier = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                carrier.asked.append((self.path, dict(self.headers), body))
                answer = carrier.answers.pop(0)
                if answer is None:
                    self.connection.shutdown(socket.SHUT_RDWR)
                    return
                status, said, *headers = answer
                content = json.dumps(said).encode() if isinstance(said, dict) else said
                self.send_response(status)
                for name, value in headers:
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))
        self.thread.start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


@pytest.fixture
def carrier(monkeypatch):
    made = Carrier()
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", made.url)
    set_up(monkeypatch, sms_api_key="the-key", sms_username="tiketi", sms_base_url=made.url)
    ses._client.cache_clear()
    yield made
    ses._client.cache_clear()
    made.stop()


@pytest.fixture
def nobody(monkeypatch):
    """An address at which nobody listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", url)
    set_up(monkeypatch, sms_api_key="the-key", sms_username="tiketi", sms_base_url=url)
    ses._client.cache_clear()
    yield url
    ses._client.cache_clear()


def set_up(monkeypatch, **more):
    given = replace(real.settings(), **more)
    for module in (ses, africas_talking, folder, ways):
        monkeypatch.setattr(module, "settings", lambda: given)


def error(status, code, message="no"):
    return (status, {"message": message}, ("x-amzn-ErrorType", code))


def test_an_e_mail_goes_to_ses_whole(carrier):
    carrier.answers = [(200, {"MessageId": "ses-1"})]

    assert ses.send(LETTER, MESSAGE, AT) == Sent("ses-1")

    ((path, _, body),) = carrier.asked
    asked = json.loads(body)
    assert path == "/v2/email/outbound-emails"
    assert asked["Destination"] == {"ToAddresses": ["amina@example.com"]}
    sent = email.message_from_bytes(
        base64.b64decode(asked["Content"]["Raw"]["Data"]), policy=email.policy.SMTP
    )
    assert (sent["Subject"], sent["To"]) == ("Tikiti zako", "amina@example.com")
    assert [part.get_filename() for part in sent.iter_attachments()] == ["ticket.pdf"]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (error(429, "TooManyRequestsException"), Refused("TooManyRequestsException")),
        (error(400, "SendingPausedException"), Refused("SendingPausedException")),
        (error(400, "MailFromDomainNotVerifiedException"), Refused("MailFromDomainNotVerifiedException")),
        (error(403, "AccessDeniedException"), Refused("AccessDeniedException")),
        (error(400, "MessageRejected"), Refused("MessageRejected", for_good=True)),
        (error(400, "MessageRejected", "Email address is not verified."), Refused("MessageRejected")),
        (error(400, "BadRequestException"), Refused("BadRequestException", for_good=True)),
        (error(500, "InternalServiceError"), Unknown("HTTP 500")),
        (error(503, "ServiceUnavailable"), Unknown("HTTP 503")),
        (None, Unknown("ConnectionClosedError")),
        ((200, b"not json"), Unknown("no_message_id")),
    ],
)
def test_what_ses_answers_is_one_of_three_endings_after_one_try(carrier, answer, outcome):
    carrier.answers = [answer]

    assert ses.send(LETTER, MESSAGE, AT) == outcome
    assert len(carrier.asked) == 1


def test_a_connection_that_was_never_made_sent_no_e_mail(nobody):
    assert ses.send(LETTER, MESSAGE, AT) == Refused("EndpointConnectionError")


def test_without_credentials_nothing_was_sent(carrier, monkeypatch):
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")

    assert ses.send(LETTER, MESSAGE, AT) == Refused("NoCredentialsError")


def test_a_connection_is_not_kept_for_the_next_message(carrier):
    """The carrier hangs up in between; on a connection that was kept the second would be unknown."""
    carrier.answers = [(200, {"MessageId": "ses-1"}), (200, {"MessageId": "ses-2"})]

    ses.send(LETTER, MESSAGE, AT)

    pools = ses._client()._endpoint.http_session._manager.pools
    assert len(pools) == 0
    assert ses.send(LETTER, MESSAGE, AT) == Sent("ses-2")


def said(code, **more):
    recipient = {"statusCode": code, "number": "+254712345678", "messageId": "ATXid_1", "cost": "KES 0.8000"}
    return (201, {"SMSMessageData": {"Message": "Sent to 1/1", "Recipients": [recipient | more]}})


def test_an_sms_goes_to_africas_talking(carrier):
    carrier.answers = [said(101)]

    assert africas_talking.send(LETTER, MESSAGE, AT) == Sent("ATXid_1")

    ((path, headers, body),) = carrier.asked
    assert path == "/version1/messaging"
    assert (headers["apiKey"], headers["Accept"]) == ("the-key", "application/json")
    assert parse_qs(body.decode()) == {"username": ["tiketi"], "to": ["+254712345678"], "message": ["Karibu"]}


def test_an_sms_bears_the_senders_name_where_there_is_one(carrier, monkeypatch):
    given = replace(africas_talking.settings(), sms_sender="TIKETI")
    monkeypatch.setattr(africas_talking, "settings", lambda: given)
    carrier.answers = [said(101)]

    africas_talking.send(LETTER, MESSAGE, AT)

    assert parse_qs(carrier.asked[0][2].decode())["from"] == ["TIKETI"]


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (said(100), Sent("ATXid_1")),
        (said(102), Sent("ATXid_1")),
        (said(401), Refused("code 401")),
        (said(402), Refused("code 402")),
        (said(403), Refused("code 403", for_good=True)),
        (said(404), Refused("code 404", for_good=True)),
        (said(405), Refused("code 405")),
        (said(406), Refused("code 406", for_good=True)),
        (said(407), Refused("code 407")),
        (said(500), Unknown("code 500")),
        (said(501), Unknown("code 501")),
        (said(502), Unknown("code 502")),
        (
            (201, {"SMSMessageData": {"Message": "InvalidSenderId", "Recipients": []}}),
            Refused("no_recipient"),
        ),
        ((201, {"SMSMessageData": {}}), Unknown("an answer that makes no sense")),
        ((200, b"<html>"), Unknown("an answer that makes no sense")),
        ((302, b"", ("Location", "/elsewhere")), Unknown("HTTP 302")),
        ((401, b"The supplied authentication is invalid"), Refused("HTTP 401")),
        ((429, b""), Refused("HTTP 429")),
        ((500, b""), Unknown("HTTP 500")),
        ((504, b""), Unknown("HTTP 504")),
        (None, Unknown("ConnectionError")),
    ],
)
def test_what_africas_talking_answers_is_one_of_three_endings_after_one_try(carrier, answer, outcome):
    carrier.answers = [answer]

    assert africas_talking.send(LETTER, MESSAGE, AT) == outcome
    assert len(carrier.asked) == 1


def test_a_connection_that_was_never_made_sent_no_sms(nobody):
    assert africas_talking.send(LETTER, MESSAGE, AT) == Refused("ConnectionError")


def test_in_the_folder_files_are_whole_from_the_start(tmp_path, monkeypatch):
    set_up(monkeypatch, mail_folder=str(tmp_path / "mail"))

    folder.leave_email(LETTER, MESSAGE, AT)
    folder.leave_sms(LETTER, MESSAGE, AT)

    mail, text = sorted((tmp_path / "mail").iterdir())
    assert (mail.name[-4:], text.name[-8:]) == (".eml", ".sms.txt")
    assert email.message_from_bytes(mail.read_bytes())["To"] == "amina@example.com"
    assert text.read_text() == "To: 254712345678\n\nKaribu\n"


@pytest.mark.parametrize(
    ("given", "channels"),
    [
        ({"mail_folder": "somewhere"}, {"email": folder.leave_email, "sms": folder.leave_sms}),
        ({"mail_folder": ""}, {"email": ses.send}),
        ({"mail_folder": "", "sms_api_key": "k"}, {"email": ses.send, "sms": africas_talking.send}),
        ({"mail_folder": "somewhere", "stage": "prod"}, {"email": ses.send}),
    ],
)
def test_the_settings_say_which_ways_there_are(monkeypatch, given, channels):
    set_up(monkeypatch, **given)

    assert ways._real.__wrapped__() == channels
