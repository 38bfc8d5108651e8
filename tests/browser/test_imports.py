"""Results arrive: a mapping is made over a sample, a file is checked, a row is mended, all is stored and undone."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.journey import Journey

SAMPLE = (
    "受診者番号,カナ氏名,生年月日,性別,年度,受診日,便潜血判定,精密検査要否\r\n"
    "000104223,カクウ アヤノ,S59.6.2,女,2026,R8.6.1,(-),精検不要\r\n"
    "000104225,ヨシハマ クズノスケ,S59.6.2,女,2026,R8.6.2,(+),要精検\r\n"
)


class Importing(Journey):
    """A clerk with a file from a sender."""

    def given_a_file(self, folder: Path, text: str, name: str = "見本.csv") -> Path:
        file = folder / name
        file.write_bytes(text.encode("cp932"))
        return file

    def when_they_choose(self, label: str, option: str) -> None:
        self.page.get_by_label(label, exact=True).select_option(label=option)

    def when_they_attach(self, label: str, file: Path) -> None:
        self.page.get_by_label(label, exact=True).set_input_files(file)


def make_a_mapping(clerk: Importing, folder: Path) -> None:
    """Enter a sender and make a mapping over the sample."""
    clerk.when_they_open("取込み")
    clerk.when_they_follow("送付元と取込み定義")
    clerk.then_the_page_is("送付元と取込み定義")
    clerk.when_they_fill("送付元の名前", "模擬検診センター")
    clerk.when_they_choose("種類", "検診機関")
    clerk.when_they_press("登録する")
    clerk.then_the_page_is("模擬検診センター")
    clerk.when_they_follow("取込み定義を作る")
    clerk.when_they_fill("取込み定義の名前", "大腸がん 2026年様式")
    clerk.when_they_choose("検診", "大腸がん")
    clerk.when_they_attach("見本のファイル", clerk.given_a_file(folder, SAMPLE))
    clerk.when_they_press("見本を読み込む")
    clerk.then_the_page_is("大腸がん 2026年様式")
    expect(clerk.page.get_by_label("受診者番号", exact=True)).to_have_value("system_person_number")
    expect(clerk.page.get_by_label("生年月日", exact=True)).to_have_value("birth_date")
    clerk.then_they_read("足りないもの")
    # Chosen without a button: the sample is read again at once.
    clerk.when_they_choose("検診区分(列がないとき、すべての行に)", "一次検診")
    expect(clerk.page.get_by_text("足りないもの")).to_have_count(0)
    clerk.then_they_read("1984年6月2日(昭和59年)")
    clerk.then_nothing_hinders_anybody()
    clerk.when_they_press("保存する")
    clerk.then_they_read("第1版として保存しました。")
    clerk.then_nothing_hinders_anybody()


def test_from_a_sample_to_stored_results_and_back(page: Page, tmp_path: Path) -> None:
    clerk = Importing(page)
    clerk.given_a_clerk_is_logged_in()
    make_a_mapping(clerk, tmp_path)
    clerk.when_they_open("取込み")
    clerk.when_they_choose("送付元と取込み定義", "大腸がん 2026年様式")
    wrong = SAMPLE.replace("R8.6.2", "8/6/2")
    clerk.when_they_attach("結果ファイル(CSV・固定長・FHIR文書・ZIP)", clerk.given_a_file(tmp_path, wrong, "六月.csv"))
    clerk.when_they_press("読み込んで確かめる")
    clerk.then_the_page_is("六月.csv")
    clerk.then_they_read("「受診日」の年が2桁で、西暦か和暦か分かりません。")
    page.get_by_role("link", name="3", exact=True).click()
    clerk.then_the_page_is("3行目")
    clerk.then_the_address_says_nothing_about_a_person("000104225")
    clerk.when_they_fill("受診日", "R8.6.2")
    clerk.when_they_fill("直した根拠(電話で確認など)", "送付元に電話で確認")
    clerk.when_they_press("保存して確かめる")
    clerk.then_they_read("3行目は取り込めるようになりました。")
    clerk.then_nothing_hinders_anybody()
    clerk.when_they_press("2行を取り込む")
    clerk.then_they_read("2件を取り込みました。")
    page.get_by_text("この取込みを取り消す").click()
    clerk.when_they_fill("理由", "別の年度のファイルだった")
    clerk.when_they_press("取込みを取り消す")
    clerk.then_they_read("取込みを取り消しました。")
    clerk.then_nothing_hinders_anybody()


def test_candidates_are_compared_side_by_side(page: Page, tmp_path: Path) -> None:
    clerk = Importing(page)
    clerk.given_a_clerk_is_logged_in()
    clerk.when_they_open("取込み")
    head = (
        "宛名番号,カナ氏名,生年月日,性別,年度,検診区分,受診日,実施機関番号,受診方法,料金区分,連番,過去受診歴,自覚症状,"
        "便潜血判定,便潜血所見,精検要否,その他所見,偶発症,精検結果,精検所見,精検偶発症\r\n"
    )
    line = "000999999,カクウ アヤノ,1984/06/02,女,2026,一次,2026/06/01,,個別,,2,,,陰性,,精検不要,,,,,\r\n"
    clerk.when_they_choose("送付元と取込み定義", "架空区医師会(列から自動で選ぶ)")
    clerk.when_they_attach(
        "結果ファイル(CSV・固定長・FHIR文書・ZIP)", clerk.given_a_file(tmp_path, head + line, "誰か.csv")
    )
    clerk.when_they_press("読み込んで確かめる")
    page.get_by_role("link", name="2", exact=True).click()
    clerk.then_they_read("番号だけでは誰の結果か決められません。")
    clerk.then_nothing_hinders_anybody()
    clerk.when_they_press("000104223に決める")
    clerk.then_they_read("2行目は取り込めるようになりました。")


@pytest.mark.parametrize("width", [390, 1280])
def test_the_pages_of_imports_fit_narrow_and_wide_in_english_too(page: Page, tmp_path: Path, width: int) -> None:
    clerk = Importing(page)
    page.set_viewport_size({"width": width, "height": 900})
    clerk.given_a_clerk_is_logged_in()
    page.goto("/imports/mappings/")
    clerk.when_they_follow("架空区医師会")
    clerk.then_nothing_hinders_anybody()
    clerk.when_they_follow("架空区医師会 肺がん検診 2021年様式")
    clerk.then_nothing_hinders_anybody()
    clerk.when_they_follow("見本を見ながら直す")
    clerk.then_nothing_hinders_anybody()
    clerk.when_they_attach("見本のファイル", clerk.given_a_file(tmp_path, SAMPLE))
    clerk.when_they_press("見本を読み込む")
    clerk.then_nothing_hinders_anybody()
    page.goto("/imports/")
    clerk.when_they_switch_the_language("English")
    clerk.then_nothing_hinders_anybody()
    clerk.when_they_switch_the_language("日本語")
