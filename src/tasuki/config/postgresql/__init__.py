"""The database engine of every node: Django's for PostgreSQL, with what each message pays for made cheap."""
