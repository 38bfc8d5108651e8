"""What can go wrong in the person index."""


class PersonsError(Exception):
    """The person index could not do what it was asked."""


class CustodyDamaged(PersonsError):
    """A sealed individual number does not belong to its person, or was altered."""

    user_message = "保管している個人番号を確認できません。システム管理者に連絡してください。"


class KeysInExchange(PersonsError):
    """The keys of individual numbers changed again and again while one number was looked for."""


class RotationUnderWay(PersonsError):
    """Another process is exchanging the key of individual numbers."""

    user_message = "個人番号の鍵の交換がほかで進んでいます。終わるのを待ってください。"


class NumberNotKept(PersonsError):
    """No individual number of this person is in custody."""


class SealBroken(PersonsError):
    """What was sealed was altered, or belongs elsewhere."""


class NoSuchFile(PersonsError):
    """No such file of people is kept, or its content is gone by now."""


class SecretDamaged(PersonsError):
    """A sealed secret does not belong to its client, or was altered."""

    user_message = "保管しているクライアントシークレットを確認できません。システム管理者に連絡してください。"
