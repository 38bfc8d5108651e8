"""The pages of the staff guide, as a clerk reaches them in the demonstration's town A.

`docs/staff/` shows each page under its name here. One walk holds every page, in both languages, narrow and wide,
against axe and the width of the window, and makes the pictures when it is told where to put them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from playwright.sync_api import FilePayload, Page, expect

YEAR = 2025


@dataclass
class Walk:
    """A clerk of town A, logged in, before one page after the other."""

    page: Page

    def at(self, address: str) -> None:
        """Open a page by its address."""
        self.page.goto(address)

    def follow(self, name: str) -> None:
        """Follow the first link of the page's own content whose name has these words."""
        self.page.get_by_role("main").get_by_role("link", name=re.compile(name)).first.click()

    def case(self) -> None:
        """Open the first case of the year's follow-up."""
        self.at(f"/follow-up/list/?kind=all&year={YEAR}")
        self.page.locator("a.person-name").first.click()

    def person(self) -> None:
        """Open the page of whoever that case is about: somebody with a history."""
        self.case()
        self.follow("^検診歴$")

    def result(self, then: str) -> None:
        """Open one of that person's results, and something of it."""
        self.person()
        self.follow("^結果を見る")
        self.page.locator("#result").get_by_role("link", name=re.compile(then)).click()

    def entry(self) -> None:
        """Open the form in which a result of theirs is entered."""
        self.person()
        self.follow("検診結果を入力")
        self.page.get_by_role("main").get_by_role("link").filter(has_text="一次").first.click()

    def works(self) -> None:
        """Open the list of long work, which every page links to."""
        self.at("/")
        self.page.get_by_role("link", name="処理の状況").click()


@dataclass
class IndexWalk(Walk):
    """A clerk of the index; `file` is what a business system hands over."""

    file: bytes = b""

    def checked_file(self) -> None:
        """Admit a system, and have its file looked at."""
        self.at("/index/systems/")
        for label, text in (("略号", "care"), ("名称", "介護保険システム"), ("名称（英語）", "Long-term care")):
            self.page.get_by_label(label, exact=True).fill(text)
        self.page.get_by_role("button", name="登録する").click()
        self.at("/index/registering/")
        self.page.get_by_label("業務システム").select_option("介護保険システム")
        upload: FilePayload = {"name": "kaigo-1126.csv", "mimeType": "text/csv", "buffer": self.file}
        self.page.get_by_label("宛名登録ファイル（CSV）").set_input_files(upload)
        self.page.get_by_role("button", name="読み込んで確かめる").click()

    def case_found(self) -> None:
        """Register that file, and open the case of somebody with another's number."""
        self.page.get_by_role("button", name="行を登録する").click()
        self.until_it_is_over()
        self.at("/index/cases/?state=OPEN")
        self.page.locator("tbody a").first.click()

    def after(self, address: str, button: str) -> None:
        """Start what takes longer on a page, and come back when it is over."""
        self.at(address)
        self.page.get_by_role("button", name=button, exact=True).click()
        self.until_it_is_over()
        self.at(address)

    def until_it_is_over(self) -> None:
        """Wait for the end of long work before whose page the clerk is."""
        expect(self.page.get_by_role("heading", name="終わりました")).to_be_visible(timeout=60_000)


def _at(address: str, *links: str) -> Callable[[Walk], None]:
    def go(walk: Walk) -> None:
        walk.at(address)
        for link in links:
            walk.follow(link)

    return go


def _person(*links: str) -> Callable[[Walk], None]:
    def go(walk: Walk) -> None:
        walk.person()
        for link in links:
            walk.follow(link)

    return go


PAGES: Mapping[str, Callable[[Walk], None]] = {
    "home": _at("/"),
    "works": Walk.works,
    "people": _at("/people/"),
    "person": Walk.person,
    "person-details": _person("連絡先・世帯・異動の履歴"),
    "contact": _person("連絡先・世帯・異動の履歴", "連絡先を変える"),
    "protected": _at("/protected/"),
    "enter": Walk.entry,
    "result-correct": lambda walk: walk.result("訂正する"),
    "result-history": lambda walk: walk.result("訂正と取り消しの履歴"),
    "imports": _at("/imports/"),
    "import": _at("/imports/", r"^51-2025\.csv"),
    "import-mappings": _at("/imports/mappings/"),
    "import-hours": _at("/imports/hours/"),
    "due": _at(f"/due/?year={YEAR}"),
    "due-list": _at(f"/due/{YEAR}/57/?status=DUE"),
    "due-options": _at("/due/options/"),
    "invitations": _at(f"/invitations/?year={YEAR}"),
    "follow-up": _at(f"/follow-up/?year={YEAR}"),
    "follow-up-list": _at(f"/follow-up/list/?kind=undetermined&year={YEAR}"),
    "ask-again": _at(f"/follow-up/ask-again/?kind=undetermined&year={YEAR}"),
    "notices": _at(f"/follow-up/notices/?year={YEAR}&gathered=on"),
    "gathered": _person("いくつかの結果を一通にまとめて知らせる"),
    "case": Walk.case,
    "reports": _at("/reports/"),
    "report": _at("/reports/", "^集計表$"),
    "report-quality": _at("/reports/", "^プロセス指標$"),
    "report-checklist": _at("/reports/", "^チェックリスト$"),
    "report-trends": _at("/reports/trends/"),
    "settings": _at("/settings/"),
    "facilities": _at("/facilities/"),
    "letters": _at("/letters/"),
    "wording": _at("/letters/RESULT_NOTICE/ja/"),
    "register-loads": _at("/register/"),
}
#: Pages of the index, in the order in which its clerk comes to them. Their own journeys hold them against axe.
INDEX_PAGES: Mapping[str, Callable[[IndexWalk], None]] = {
    "index-file": IndexWalk.checked_file,
    "index-case": IndexWalk.case_found,
    "index-inspection": lambda walk: walk.after("/index/inspection/", "総点検を始める"),
    "link": lambda walk: walk.after("/index/link/", "突き合わせる"),
    "index": lambda walk: walk.at("/index/"),
}
#: Pages that are walked and need no picture in the guide.
WITHOUT_PICTURE = frozenset(
    {
        "contact", "result-correct", "report-checklist", "wording", "register-loads", "import-hours", "follow-up-list",
        "ask-again", "notices", "gathered",
    }
)  # fmt: skip
