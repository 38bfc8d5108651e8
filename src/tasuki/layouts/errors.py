"""What can go wrong with layouts and replicas."""


class LayoutError(Exception):
    """A national layout could not be used."""


class LayoutDataError(LayoutError):
    """A layout file is damaged or contradicts itself."""

    def __init__(self, file: str, entry: str, reason: str) -> None:
        super().__init__(f"{file}: {entry}: {reason}")
        self.file = file
        self.entry = entry
        self.reason = reason


class ReplicaError(LayoutError):
    """A replica could not be written or read.

    `rule` and `element` name the cause; the message never holds a value, because it ends up in logs.
    """

    user_message = "副本の内容が様式に合いません。提供元の自治体に確認してください。"

    def __init__(self, rule: str, element: str, detail: str) -> None:
        super().__init__(f"{rule}: {element}: {detail}")
        self.rule = rule
        self.element = element
