"""The database itself keeps one role's data from another."""

import psycopg
import pytest

from tasuki.nodes.types import Databases


def test_the_runtime_role_may_not_create_tables(database_urls: Databases) -> None:
    with psycopg.connect(database_urls.runtime) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("CREATE TABLE stray (id int)")


def test_the_role_of_screens_and_results_cannot_look_into_the_person_index(database_urls: Databases) -> None:
    with psycopg.connect(database_urls.runtime) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT * FROM person_index.django_migrations")


def test_the_role_of_the_person_index_cannot_read_results(database_urls: Databases) -> None:
    with psycopg.connect(database_urls.index) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute("SELECT * FROM public.accounts_staff")


@pytest.mark.django_db
def test_django_runs_as_the_runtime_role() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("test_template",)
