"""Addresses a town node answers. Each view declares its permission, or that it is public (`web.access`)."""

from django.urls import URLPattern, URLResolver, path

from tasuki.api.health import health
from tasuki.web.access import public
from tasuki.web.components import gallery
from tasuki.web.staff import (
    evidence,
    facilities,
    held,
    home,
    inquiries,
    letters,
    people,
    person,
    residents,
    session,
    work,
)
from tasuki.web.staff.due import exclusions, lists, options
from tasuki.web.staff.imports import editor, files, mappings, rows
from tasuki.web.staff.reports import files as report_files
from tasuki.web.staff.reports import pages as report_pages
from tasuki.web.staff.reports import quality as report_quality
from tasuki.web.staff.results import correction, dates, documents, entry, history, withdrawal, workplace

urlpatterns: list[URLPattern | URLResolver] = [
    path("health", public(health)),
    path("", home.home, name="home"),
    path("login/", session.login, name="login"),
    path("login/persona/", session.login_as_persona, name="persona"),
    path("logout/", session.logout, name="logout"),
    path("password/", session.password, name="password"),
    path("language/", session.language, name="language"),
    path("people/", people.people, name="people"),
    path("people/found/<str:key>/", people.people_found, name="people-found"),
    path("people/<str:token>/", person.person, name="person"),
    path("people/<str:token>/results/<uuid:result_id>/", person.result, name="result"),
    path("people/<str:token>/results/<uuid:result_id>/correct/", correction.correct, name="result-correct"),
    path("people/<str:token>/results/<uuid:result_id>/history/", history.history, name="result-history"),
    path("people/<str:token>/results/<uuid:result_id>/withdraw/", withdrawal.withdraw, name="result-withdraw"),
    path("people/<str:token>/results/<uuid:result_id>/restore/", withdrawal.restore, name="result-restore"),
    path("people/<str:token>/results/<uuid:result_id>/fhir/", documents.export, name="result-fhir"),
    path(
        "people/<str:token>/results/<uuid:result_id>/attachments/<uuid:attachment_id>/",
        documents.attachment,
        name="result-attachment",
    ),
    path("people/<str:token>/enter/", entry.choose, name="result-choose"),
    path("people/<str:token>/enter/workplace/", workplace.declare, name="result-declare"),
    path("people/<str:token>/enter/<str:programme>/<str:stage>/", entry.enter, name="result-enter"),
    path("results/date/", dates.read_date, name="result-date"),
    path("facilities/", facilities.facilities, name="facilities"),
    path("facilities/add/", facilities.add, name="facility-add"),
    path("facilities/upload/", facilities.upload, name="facility-upload"),
    path("facilities/<str:facility_number>/", facilities.facility, name="facility"),
    path("people/<str:token>/exclusions/", exclusions.exclusions, name="exclusions"),
    path("people/<str:token>/exclusions/<int:exclusion_id>/end/", exclusions.end, name="exclusion-end"),
    path("due/", lists.due, name="due"),
    path("due/compute/", lists.compute, name="due-compute"),
    path("due/refresh/", lists.refresh, name="due-refresh"),
    path("due/options/", options.options, name="due-options"),
    path("due/options/change/", options.change, name="due-options-change"),
    path("due/<int:fiscal_year>/<str:programme>/", lists.due_list, name="due-list"),
    path("people/<str:token>/details/", residents.details, name="person-details"),
    path("people/<str:token>/contact/", residents.contact, name="contact"),
    path("people/<str:token>/inquire/", inquiries.inquire, name="inquire"),
    path("protected/", residents.protected, name="protected"),
    path("register/", residents.register_loads, name="register-loads"),
    path("register/<uuid:load_id>/", residents.register_load, name="register-load"),
    path("answers/", inquiries.answers, name="answers"),
    path("inquiries/<uuid:number>/", inquiries.inquiry, name="inquiry"),
    path("inquiries/<uuid:number>/adopt/", inquiries.adopt, name="adopt"),
    path("imports/", files.imports, name="imports"),
    path("imports/upload/", files.upload, name="upload"),
    path("imports/<uuid:batch_id>/", files.one_import, name="import"),
    path("imports/<uuid:batch_id>/commit/", files.commit, name="import-commit"),
    path("imports/<uuid:batch_id>/take-back/", files.take_back, name="import-take-back"),
    path("imports/<uuid:batch_id>/decide/", rows.decide, name="import-decide"),
    path("imports/<uuid:batch_id>/confirm/", rows.confirm, name="import-confirm"),
    path("imports/<uuid:batch_id>/sent-back/", rows.send_back_file, name="import-sent-back"),
    path("imports/<uuid:batch_id>/rows/<int:line>/", rows.row, name="import-row"),
    path("imports/<uuid:batch_id>/rows/<int:line>/mend/", rows.mend, name="import-mend"),
    path("imports/<uuid:batch_id>/rows/<int:line>/match/", rows.match, name="import-match"),
    path("imports/mappings/", mappings.mappings, name="import-mappings"),
    path("imports/senders/", mappings.new_sender, name="import-new-sender"),
    path("imports/senders/<uuid:sender_id>/", mappings.sender, name="import-sender"),
    path("imports/senders/<uuid:sender_id>/settings/", mappings.sender_settings, name="import-sender-settings"),
    path("imports/senders/<uuid:sender_id>/take-in/", mappings.take_in, name="import-take-in"),
    path("imports/senders/<uuid:sender_id>/new/", editor.new_mapping, name="import-new-mapping"),
    path("imports/mappings/<uuid:mapping_id>/", mappings.mapping, name="import-mapping"),
    path("imports/mappings/<uuid:mapping_id>/text/", mappings.text, name="import-mapping-text"),
    path("imports/mappings/<uuid:mapping_id>/restore/", mappings.restore, name="import-mapping-restore"),
    path("imports/mappings/<uuid:mapping_id>/retire/", mappings.retire, name="import-mapping-retire"),
    path("imports/mappings/<uuid:mapping_id>/edit/", editor.new_version, name="import-new-version"),
    path("imports/drafts/<uuid:draft_id>/", editor.draft, name="import-draft"),
    path("held/", held.held, name="held"),
    path("held/<uuid:number>/decide/", held.decide, name="held-decide"),
    path("letters/", letters.letters, name="letters"),
    path("letters/sender/", letters.sender, name="letters-sender"),
    path("letters/<str:kind>/<str:language>/", letters.wording, name="wording"),
    path("letters/<str:kind>/<str:language>/sample/", letters.sample, name="wording-sample"),
    path("reports/", report_pages.reports, name="reports"),
    path("reports/trends/", report_quality.trends, name="report-trends"),
    path("reports/<uuid:snapshot_id>/", report_pages.report, name="report"),
    path("reports/<uuid:snapshot_id>/people/<str:column>/", report_pages.people_behind, name="report-people"),
    path("reports/<uuid:snapshot_id>/indicators/", report_quality.quality, name="report-quality"),
    path("reports/<uuid:snapshot_id>/checklist/", report_quality.checklist, name="report-checklist"),
    path("reports/<uuid:snapshot_id>/files/<str:form>/", report_files.file, name="report-file"),
    path("work/", work.works, name="works"),
    path("work/<uuid:work_id>/", work.work, name="work"),
    path("work/<uuid:work_id>/cancel/", work.cancel, name="work-cancel"),
    path("work/<uuid:work_id>/outputs/<uuid:output_id>/", work.output, name="work-output"),
    path("evidence/", evidence.evidence, name="evidence"),
    path("_dev/components/", gallery.gallery, name="components"),
]

handler400 = "tasuki.web.errors.bad_request"
handler403 = "tasuki.web.errors.forbidden"
handler404 = "tasuki.web.errors.not_found"
handler500 = "tasuki.web.errors.server_error"
