"""Pages of a long list."""

from dataclasses import dataclass

PAGE_SIZE = 50


@dataclass(frozen=True, slots=True)
class Paging:
    """Where in a list a page is. `shown` names the pages to offer, with 0 for a gap."""

    page: int
    pages: int
    total: int
    size: int = PAGE_SIZE

    @property
    def offset(self) -> int:
        return (self.page - 1) * self.size

    @property
    def first(self) -> int:
        return min(self.offset + 1, self.total)

    @property
    def last(self) -> int:
        return min(self.offset + self.size, self.total)

    @property
    def previous(self) -> int | None:
        return self.page - 1 if self.page > 1 else None

    @property
    def next(self) -> int | None:
        return self.page + 1 if self.page < self.pages else None

    @property
    def shown(self) -> list[int]:
        wanted = sorted({1, self.pages, *range(max(1, self.page - 2), min(self.pages, self.page + 2) + 1)})
        found: list[int] = []
        for page in wanted:
            if found and page - found[-1] > 1:
                found.append(0)
            found.append(page)
        return found


def page_number(text: str) -> int:
    """Read the page from an address; anything that is no page is the first."""
    return max(1, int(text)) if text.isascii() and text.isdigit() and len(text) < 6 else 1


def paging(page: int, total: int, size: int = PAGE_SIZE) -> Paging:
    """Return where a page is in a list of that length; beyond its end is its last page."""
    pages = max(1, -(-total // size))
    return Paging(min(page, pages), pages, total, size)
