"""Every page says whether it is of a real or of a dummy environment, and one says what that means."""

from collections.abc import Callable
from typing import Any

from django.test import Client
from django.urls import reverse

from tasuki.accounts.types import Role
from tasuki.shared.environments import Environment

LogIn = Callable[[Role], Client]


def test_a_dummy_environment_says_so_loudly_before_the_log_in_too(logged_in: LogIn) -> None:
    page = logged_in(Role.HEALTH_CLERK).get(reverse("environment")).content.decode()
    assert '<p class="dummy-band">' in page
    assert '<p class="dummy-band">' in Client().get(reverse("login")).content.decode()
    # Why real data is not masked is said where somebody looks for it, and nothing there can be pressed.
    assert "<form" not in page.split('id="masking"')[1].split("</section>")[0]


def test_a_real_environment_is_named_in_the_foot_only(logged_in: LogIn, settings: Any) -> None:
    browser = logged_in(Role.SYSTEM_ADMINISTRATOR)
    settings.NODE = settings.NODE.model_copy(update={"environment": Environment.REAL})
    page = browser.get(reverse("environment")).content.decode()
    assert "dummy-band" not in page
    assert "本番の環境" in page.split('<footer class="environment">')[1]
