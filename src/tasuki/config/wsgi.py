"""The WSGI application of whichever node TASUKI_NODE_FILE names."""

from django.core.wsgi import get_wsgi_application

from tasuki.runtime import begin_with_certificate, check_own_environment
from tasuki.shared.process import collect_seldom

application = get_wsgi_application()
check_own_environment()
begin_with_certificate()
collect_seldom()
