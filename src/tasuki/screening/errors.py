"""What can go wrong with residents, results and imports: faults, never refusals."""

from tasuki.screening.types import ImportProblem


class ScreeningError(Exception):
    """The health information system could not do what it was asked."""


class NoSuchPerson(ScreeningError):
    """No resident has this number."""

    user_message = "この宛名番号の住民は登録されていません。"


class NoSuchResult(ScreeningError):
    """No result has this identifier."""

    user_message = "この検診結果は見つかりません。"


class AlreadyWithdrawn(ScreeningError):
    """The result was withdrawn before and can be neither corrected nor withdrawn again."""

    user_message = "この検診結果は取り消し済みです。"


class NotOurResult(ScreeningError):
    """Another municipality gave the result, so only a new answer of theirs can change it."""

    user_message = "他の自治体から提供された結果は訂正できません。提供元に確認し、もう一度照会してください。"


class SelfDeclared(ScreeningError):
    """The resident declared the screening; there is no report it could be corrected from."""

    user_message = "本人の申告による記録は訂正できません。取り消してから、もう一度登録してください。"


class NotRestorable(ScreeningError):
    """The result stands, or was withdrawn with its whole import, which is imported again instead."""

    user_message = "この検診結果は元に戻せません。取込みごと取り消したものは、ファイルを取り込み直してください。"


class NoSuchBatch(ScreeningError):
    """No import has this identifier."""

    user_message = "この取込みは見つかりません。"


class WrongBatchState(ScreeningError):
    """The import is not in the state this act needs."""

    user_message = "この取込みの状態では実行できません。画面を更新して、現在の状態を確認してください。"


class StagedRowsLost(ScreeningError):
    """Fewer or more rows are staged than were previewed: the store was changed from outside."""

    user_message = "プレビュー済みの行が保存内容と一致しません。もう一度プレビューしてください。"


class MappingError(ScreeningError):
    """A mapping file is damaged or contradicts the layouts; names the file and the entry."""

    user_message = "取込み定義ファイルに誤りがあります。"

    def __init__(self, file: str, entry: str, reason: str) -> None:
        super().__init__(f"{file}: {entry}: {reason}")
        self.file = file
        self.entry = entry
        self.reason = reason


class NoSuchRow(ScreeningError):
    """The import has nothing to look at on this line."""

    user_message = "この行は見つかりません。"


class NoSuchSender(ScreeningError):
    """No sender has this identifier."""

    user_message = "この送付元は登録されていません。"


class NoSuchMapping(ScreeningError):
    """No mapping, or no version of it, has this identifier."""

    user_message = "この取込み定義は見つかりません。"


class NoSuchDraft(ScreeningError):
    """The draft of a mapping was saved or thrown away."""

    user_message = "この下書きは保存されたか、破棄されました。"


class OtherEnvironment(ScreeningError):
    """The file is not of this environment: real where only fictitious people are kept, or the other way round."""

    def __init__(self, problem: ImportProblem) -> None:
        super().__init__(problem.rule)
        self.problem = problem
