"""What a town is measured by: for its own machine only, and without a word about anybody."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tests.integration.web.conftest import AYANO, SHINOBU

pytestmark = pytest.mark.django_db(databases=["default", "index"])
LogIn = Callable[[Role], Client]


def test_pages_are_counted_by_what_they_are_and_not_by_whom_they_show(logged_in: LogIn, residents: None) -> None:
    client = logged_in(Role.HEALTH_CLERK)
    found = client.post(reverse("people"), {"text": AYANO.kana_name}, follow=True)
    assert found.status_code == 200
    told = client.get("/metrics").content.decode()
    assert 'tasuki_requests_total{outcome="302",route="people"}' in told
    assert "tasuki_outbox_lag_seconds " in told
    assert "tasuki_answers_to_adopt 0.0" in told
    assert "tasuki_evidence_unsealed " in told
    for person in (AYANO, SHINOBU):
        for word in (person.name, person.kana_name, person.system_person_number, person.address):
            assert word not in told


@pytest.mark.parametrize(
    ("extra", "status"),
    [
        ({"REMOTE_ADDR": "127.0.0.1"}, 200),
        ({"REMOTE_ADDR": "::1"}, 200),
        ({"REMOTE_ADDR": "192.0.2.7"}, 404),
        ({"REMOTE_ADDR": ""}, 404),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "192.0.2.7"}, 404),
        ({"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=192.0.2.7"}, 404),
    ],
)
def test_only_the_machine_itself_is_answered(extra: dict[str, str], status: int) -> None:
    assert Client().get("/metrics", **extra).status_code == status  # type: ignore[arg-type]  # a request's environment
