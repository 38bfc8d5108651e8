"""Addresses a town node answers. Each view declares its permission, or that it is public (`web.access`)."""

from django.urls import URLPattern, URLResolver, path

from tasuki.api.health import health
from tasuki.web.access import public
from tasuki.web.components import gallery
from tasuki.web.staff import evidence, held, home, imports, inquiries, people, person, residents, session, work

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
    path("people/<str:token>/details/", residents.details, name="person-details"),
    path("people/<str:token>/contact/", residents.contact, name="contact"),
    path("people/<str:token>/inquire/", inquiries.inquire, name="inquire"),
    path("protected/", residents.protected, name="protected"),
    path("register/", residents.register_loads, name="register-loads"),
    path("register/<uuid:load_id>/", residents.register_load, name="register-load"),
    path("answers/", inquiries.answers, name="answers"),
    path("inquiries/<uuid:number>/", inquiries.inquiry, name="inquiry"),
    path("inquiries/<uuid:number>/adopt/", inquiries.adopt, name="adopt"),
    path("imports/", imports.imports, name="imports"),
    path("imports/upload/", imports.upload, name="upload"),
    path("imports/<uuid:batch_id>/", imports.one_import, name="import"),
    path("imports/<uuid:batch_id>/commit/", imports.commit, name="import-commit"),
    path("imports/<uuid:batch_id>/take-back/", imports.take_back, name="import-take-back"),
    path("held/", held.held, name="held"),
    path("held/<uuid:number>/decide/", held.decide, name="held-decide"),
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
