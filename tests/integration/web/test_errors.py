"""Pages for what went wrong, in the words of whoever sees them."""

import pytest
from django.test import Client, RequestFactory
from django.urls import reverse

from tasuki.web.errors import bad_request, server_error

pytestmark = pytest.mark.django_db(databases=["default", "index"])


def test_an_address_that_leads_nowhere_is_explained() -> None:
    response = Client().get("/nowhere/")
    assert response.status_code == 404
    assert "画面が見つかりません" in response.content.decode()


def test_a_form_from_elsewhere_is_refused_in_words() -> None:
    response = Client(enforce_csrf_checks=True).post(reverse("login"), {"username": "x", "password": "y"})
    assert response.status_code == 403
    assert "送信を受け付けませんでした" in response.content.decode()


@pytest.mark.parametrize(("view", "status"), [(server_error, 500), (bad_request, 400)])
def test_faults_have_a_page_that_needs_nothing(view: object, status: int) -> None:
    assert callable(view)
    response = view(RequestFactory().get("/"))
    assert response.status_code == status
    assert "Traceback" not in response.content.decode()
