"""What can go wrong in the person index."""


class PersonsError(Exception):
    """The person index could not do what it was asked."""


class CustodyDamaged(PersonsError):
    """A sealed individual number does not belong to its person, or was altered."""

    user_message = "保管している個人番号を確認できません。システム管理者に連絡してください。"


class SecretDamaged(PersonsError):
    """A sealed secret does not belong to its client, or was altered."""

    user_message = "保管しているクライアントシークレットを確認できません。システム管理者に連絡してください。"
