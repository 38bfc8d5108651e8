"""What can go wrong in the intermediate server."""


class GatewayError(Exception):
    """The intermediate server could not do what it was asked."""


class PermitInvalid(GatewayError):
    """A permit document is not the network's, not for this gateway, or not readable."""
