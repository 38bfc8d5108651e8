"""A file of people before the screen: refused, looked at, registered, and its answers fetched."""

from pathlib import Path

from playwright.sync_api import Page

from tasuki.jobs.works import do_waiting_work
from tasuki.persons.operations import admit_system
from tasuki.persons.queries.files import people_files
from tasuki.runtime import now
from tests.browser.test_identity import BY, NUMBERS, given_an_index_clerk, look
from tests.integration.linkage.test_people_files import HEADER, LINES


def test_people_are_registered_from_a_file(page: Page, tmp_path: Path) -> None:
    admit_system(system="care", name="介護保険システム", name_en="Long-term care insurance", by=BY, at=now())
    clerk = given_an_index_clerk(page)
    clerk.when_they_follow("登録を待つファイル")
    clerk.then_the_page_is("宛名のファイル登録")
    look(page, "people-files-empty")
    page.get_by_label("業務システム").select_option("介護保険システム")
    file = tmp_path / "kaigo-1126.csv"
    file.write_bytes("氏名,住所\r\nあ,い\r\n".encode("cp932"))
    page.get_by_label("宛名登録ファイル（CSV）").set_input_files(file)
    clerk.when_they_press("読み込んで確かめる")
    clerk.then_they_read("見出し「宛名番号」がありません。")
    look(page, "people-files-error", is_answer=True)
    file.write_bytes("\r\n".join((HEADER + ",備考", *(f"{line}," for line in LINES), "")).encode("cp932"))
    page.get_by_label("業務システム").select_option("介護保険システム")
    page.get_by_label("宛名登録ファイル（CSV）").set_input_files(file)
    clerk.when_they_press("読み込んで確かめる")
    clerk.then_the_page_is("kaigo-1126.csv")
    look(page, "people-file-checked")
    assert not [number for number in NUMBERS if number in page.content()]
    clerk.when_they_press("3行を登録する")
    clerk.then_the_page_is("宛名の登録")
    do_waiting_work()
    page.reload()
    clerk.then_they_read("行ごとの結果はファイルで受け取れます。")
    look(page, "people-file-work")
    clerk.when_they_follow("結果を見る")
    clerk.then_they_read("登録しました")
    look(page, "people-file-registered")
    page.goto("/index/registering/")
    look(page, "people-files")
    assert [one.file_name for one in people_files()] == ["kaigo-1126.csv"]
