"""What can go wrong with how a node is operated."""


class WrongEnvironmentError(Exception):
    """The node's file and its database do not say the same of whether real people are kept here."""
