"""The WSGI application of a portal, which has no database that could disagree with its file."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
