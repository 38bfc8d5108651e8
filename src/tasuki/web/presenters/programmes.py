"""The eight programmes as screens show them: always icon, word and colour together."""

from dataclasses import dataclass

from tasuki.layouts.render import Language
from tasuki.layouts.types import Programme

_NAMES = {
    Programme.LUNG: ("肺がん", "Lung cancer"),
    Programme.BREAST: ("乳がん", "Breast cancer"),
    Programme.STOMACH: ("胃がん", "Stomach cancer"),
    Programme.CERVIX: ("子宮頸がん", "Cervical cancer"),
    Programme.COLORECTAL: ("大腸がん", "Colorectal cancer"),
    Programme.HEPATITIS: ("肝炎ウイルス", "Hepatitis virus"),
    Programme.OSTEOPOROSIS: ("骨粗鬆症", "Osteoporosis"),
    Programme.PERIODONTAL: ("歯周疾患", "Periodontal disease"),
}


@dataclass(frozen=True, slots=True)
class ProgrammeView:
    """A programme's icon, colour and word."""

    code: str
    label: str

    @property
    def icon(self) -> str:
        return f"programme-{self.code}"


def programme_view(programme: Programme, language: Language) -> ProgrammeView:
    """Return how a programme is shown."""
    ja, en = _NAMES[programme]
    return ProgrammeView(programme.value, ja if language is Language.JA else en)
