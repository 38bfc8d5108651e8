"""What states of an exchange and data sets are called, on the screens of every kind of node."""

from tasuki.layouts.catalogue import catalogue
from tasuki.layouts.render import Language
from tasuki.protocol.messages import State
from tasuki.protocol.transitions import table
from tasuki.web.templatetags.tasuki import current_language


def state_label(state: State) -> str:
    """Return what a state is called."""
    words = table().states[state].words
    return words.en if current_language() is Language.EN else words.ja


def data_set_name(code: str, language: str) -> str:
    """Name a data set; one the layouts do not know, as only the gateway may have, by its code."""
    data_set = catalogue().data_sets.get(code)
    if data_set is None:
        return code
    return data_set.name_ja if language == "ja" else data_set.name_en
