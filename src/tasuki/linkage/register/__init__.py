"""The resident register (住民記録) comes in: files are read here, and each side gets what it may know."""

from tasuki.linkage.register.loading import AlreadyLoaded, LoadedRegister, UnreadableRegister, import_register
from tasuki.linkage.register.reading import HEADERS, MOVE_HEADERS, MOVE_TERMS

__all__ = [
    "HEADERS",
    "MOVE_HEADERS",
    "MOVE_TERMS",
    "AlreadyLoaded",
    "LoadedRegister",
    "UnreadableRegister",
    "import_register",
]
