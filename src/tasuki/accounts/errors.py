"""What can go wrong with accounts."""


class AccountsError(Exception):
    """An account could not be used as asked."""

    user_message = "アカウントの操作ができませんでした。"


class PermissionRefusedError(AccountsError):
    """The role of this member of staff does not carry the permission."""

    user_message = "この操作をする権限がありません。"

    def __init__(self, permission: str) -> None:
        """Keep which permission was missing."""
        super().__init__(self.__doc__)
        self.permission = permission


class UsernameTakenError(AccountsError):
    """Another account already has this ID."""

    user_message = "このIDは既に使われています。"


class NotAnOperatorError(AccountsError):
    """Gateways and the network have accounts of operators only."""

    user_message = "この役割の利用者は、町のノードにだけいます。"


class AdministratorExistsError(AccountsError):
    """Somebody can approve an application for an administrator, so it is applied for."""

    user_message = "使えるシステム管理者がいます。画面の「利用者」から申請し、その人の承認を受けてください。"


class NotADemonstrationError(AccountsError):
    """Personas exist only in a demonstration; a real town never has an account anybody can enter."""

    user_message = "体験用の利用者は、デモ環境でのみ使えます。"


class UnknownPersonaError(AccountsError):
    """No persona has this ID."""

    user_message = "この体験用の利用者はありません。"


class PersonaPasswordError(AccountsError):
    """A persona has no password to change."""

    user_message = "体験用の利用者にはパスワードがありません。"


class WrongPasswordError(AccountsError):
    """The present password is not the one given."""

    user_message = "現在のパスワードが違います。"


class WeakPasswordError(AccountsError):
    """The new password is one the rules refuse."""

    user_message = "新しいパスワードが規則に合いません。"

    def __init__(self, reasons: tuple[str, ...]) -> None:
        """Keep the reasons, in the language of the request."""
        super().__init__(self.__doc__)
        self.reasons = reasons


class FactorDamagedError(AccountsError):
    """The secret of a second factor was altered, belongs to another account, or its key is gone."""

    user_message = "二要素認証の設定を読めません。システム管理者に、設定の作り直しを頼んでください。"
