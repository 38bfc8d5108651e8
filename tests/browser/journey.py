"""What staff do, in words; each step looks for what they would look for."""

import re

from playwright.sync_api import Page, expect

from tests.browser.axe import violations


class Journey:
    """One member of staff before one screen."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def given_the_login_page(self) -> None:
        self.page.goto("/login/")
        self.then_the_page_is("ログイン")

    def given_a_clerk_is_logged_in(self) -> None:
        self.given_the_login_page()
        self.when_they_enter_as("健康づくり課 担当")
        self.then_the_page_is("今日の仕事")

    def when_they_enter_as(self, role: str) -> None:
        self.page.get_by_role("button", name=re.compile(f"^{role}")).click()

    def given_a_protected_persons_page_is_open(self, address: str) -> None:
        """Say why, as the warning before it asks, in whichever language."""
        self.page.goto(address)
        self.page.locator("input[name=cause][value=PRESENT]").check()
        self.page.locator("main form button").click()
        expect(self.page.locator("input[name=cause]")).to_have_count(0)

    def when_they_open(self, place: str) -> None:
        self.page.get_by_role("navigation", name="主なメニュー").get_by_role("link", name=place).click()

    def when_they_fill(self, label: str, text: str) -> None:
        self.page.get_by_label(label, exact=True).fill(text)

    def when_they_press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def when_they_follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name).first.click()

    def when_they_switch_the_language(self, to: str) -> None:
        self.page.get_by_role("button", name=to, exact=True).click()

    def then_the_page_is(self, heading: str) -> None:
        expect(self.page.get_by_role("heading", level=1, name=heading)).to_be_visible()
        self.then_nothing_hinders_anybody()

    def then_they_read(self, text: str) -> None:
        expect(self.page.get_by_text(text).first).to_be_visible()

    def then_nothing_hinders_anybody(self) -> None:
        found = violations(self.page)
        assert not found, "\n".join(found)
        width = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert width <= 0, f"the page is {width} pixels wider than the window"

    def then_the_address_says_nothing_about_a_person(self, *secrets: str) -> None:
        assert not any(secret in self.page.url for secret in secrets)


def entered(page: Page, role: str) -> Journey:
    """Let a member of staff of a role log in."""
    staff = Journey(page)
    staff.given_the_login_page()
    staff.when_they_enter_as(role)
    return staff
