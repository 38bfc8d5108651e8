"""The WSGI application of whichever node TASUKI_NODE_FILE names."""

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
