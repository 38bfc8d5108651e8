"""The WSGI application of whichever node TASUKI_NODE_FILE names."""

from django.core.wsgi import get_wsgi_application

from tasuki.runtime import begin_with_certificate, check_own_environment

application = get_wsgi_application()
check_own_environment()
begin_with_certificate()
