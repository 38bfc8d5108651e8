"""What can keep a deployment from running, said in one line to whoever runs it."""


class DeploymentError(Exception):
    """The nodes of a data folder, their databases or their processes are not as they must be."""
