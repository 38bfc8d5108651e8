"""A FHIR document arrives: it is checked, decided about, stored; its attachment is saved and the result taken out."""

import re
from pathlib import Path

from playwright.sync_api import Page

from tasuki import runtime
from tasuki.layouts.fhir import Subject, read_bundle
from tasuki.layouts.types import Programme
from tests.browser.exporting import decided, given_back, made_and_taken, say_what_for
from tests.browser.journey import Journey
from tests.unit.layouts.fhir_documents import CDA, bundle
from tests.unit.layouts.layout_records import record_of

# Of the year in which she is 40, as that screening asks. Of another institution's own number: whose the document is, a
# clerk has to decide.
SUBJECT = Subject("", "架空　綾乃", "カクウ　アヤノ", "1984-06-02", "2", "", "架空区模擬町二丁目1-2")
RECORD = record_of(Programme.OSTEOPOROSIS, facility_number=None, fiscal_year=2024, examined_date="2024-06-12")


def test_a_document_from_arrival_to_departure(page: Page, tmp_path: Path) -> None:
    clerk = Journey(page)
    clerk.given_a_clerk_is_logged_in()
    file = tmp_path / "架空文書.json"
    file.write_bytes(bundle(RECORD, subject=SUBJECT, attachments=(CDA,)))
    clerk.when_they_open("取込み")
    page.get_by_label("送付元と取込み定義", exact=True).select_option(label="自治体検診結果報告書(FHIR)")
    page.get_by_label("結果ファイル(CSV・固定長・FHIR文書・ZIP)", exact=True).set_input_files(file)
    clerk.when_they_press("読み込んで確かめる")
    clerk.then_the_page_is("架空文書.json")
    clerk.then_they_read("FHIR文書")
    page.get_by_role("region", name="直すところと注意の表").get_by_role("link", name="1", exact=True).click()
    clerk.then_the_page_is("1行目")
    clerk.when_they_press("000104223に決める")
    clerk.then_nothing_hinders_anybody()
    clerk.when_they_press("1行を取り込む")
    clerk.then_they_read("1件を取り込みました。")
    see_and_take_out(clerk, page)


def see_and_take_out(clerk: Journey, page: Page) -> None:
    clerk.when_they_open("住民")
    clerk.when_they_fill("氏名・フリガナ・住所・宛名番号", "かくう あやの")
    clerk.when_they_press("探す")
    clerk.when_they_follow("架空　綾乃")
    row = page.get_by_role("row").filter(has_text="骨粗鬆症").filter(has_text="2024年6月12日")
    row.get_by_role("link", name=re.compile("^結果を見る")).click()
    clerk.then_they_read("添付書類")
    clerk.then_they_read(CDA.title)
    clerk.then_nothing_hinders_anybody()
    with page.expect_download() as saving:
        clerk.when_they_press(f"「{CDA.title}」を保存する")
    assert Path(saving.value.path()).read_bytes() == CDA.content
    clerk.when_they_follow("FHIR文書で出す")
    clerk.then_the_page_is("FHIR文書の出力")
    clerk.then_the_address_says_nothing_about_a_person("000104223")
    clerk.when_they_press("FHIR文書を出力する")
    say_what_for(clerk)
    decided(clerk)
    content = made_and_taken(clerk)
    given_back(clerk)
    town = runtime.node().town
    assert town is not None
    read = read_bundle(content, town.municipality_code)
    assert read.attachments == (CDA,)
    assert read.subject.person_number == "000104223"
