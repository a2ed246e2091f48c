"""The languages have the same to say."""

from string import Formatter

import pytest

from chalicelib.delivery import texts_en, texts_sw
from chalicelib.delivery.wording import wording
from chalicelib.payments import failures


def placeholders(text):
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def test_keys_and_placeholders_agree():
    assert list(texts_en.TEXTS) == list(texts_sw.TEXTS)
    for key, text in texts_en.TEXTS.items():
        # The number may be said in words: "1 hour", "saa moja".
        assert placeholders(text) - {"count"} == placeholders(texts_sw.TEXTS[key]) - {"count"}, key


def test_every_failure_has_its_sentence_in_every_language():
    assert set(texts_en.REASONS) == set(texts_sw.REASONS) == set(failures.ALL)
    assert all(text.endswith(".") for text in [*texts_en.REASONS.values(), *texts_sw.REASONS.values()])


def test_what_differs_in_english_differs_in_swahili():
    for texts in (texts_en, texts_sw):
        assert len(set(texts.REASONS.values())) == len({one.message for one in failures.ALL.values()})
        assert (len(set(texts.DAYS)), len(set(texts.MONTHS))) == (7, 12)


@pytest.mark.parametrize(
    ("seconds", "english", "swahili"),
    [
        (3600, "1 hour", "saa moja"),
        (7200, "2 hours", "saa 2"),
        (5400, "90 minutes", "dakika 90"),
        (60, "1 minute", "dakika moja"),
    ],
)
def test_lengths_of_time(seconds, english, swahili):
    assert wording("en").duration(seconds) == english
    assert wording("sw").duration(seconds) == swahili
