"""An index clerk's way through every page of the index of a running town, by its links, with something done on each."""

import csv
import re
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path

import httpx

_LINK = re.compile(r'href="(/(?:index|work)/[^"#]*)')
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
#: What stands for one person, case, file or search in an address.
_OF_ONE = re.compile(r"/(?:[0-9a-f-]{36}|[A-Za-z0-9_-]{20,})(?=/|$)")
#: So many addresses of one kind are enough.
_OF_A_KIND = 2
SYSTEM = "canary"


@dataclass
class IndexWalk:
    """What was asked for and what came back."""

    client: httpx.Client
    addresses: list[str] = field(default_factory=list)
    bodies: dict[str, str] = field(default_factory=dict)
    kinds: Counter[str] = field(default_factory=Counter)

    def get(self, address: str, *, expected: int = 200) -> str:
        """Open a page."""
        return self._kept(self.client.get(address), expected)

    def post(self, address: str, typed: dict[str, str], *, of: str, file: bytes | None = None) -> str:
        """Send a form of a page that was opened."""
        [token, *_] = _TOKEN.findall(self.bodies[of])
        files = None if file is None else {"file": ("people.csv", file)}
        data = typed | {"csrfmiddlewaretoken": token}
        headers = {"Referer": str(self.client.base_url)}
        return self._kept(self.client.post(address, data=data, files=files, headers=headers), 200)

    def _kept(self, response: httpx.Response, expected: int) -> str:
        assert response.status_code == expected, (response.url, response.status_code)
        self.addresses += [str(one.url) for one in (*response.history, response)]
        self.addresses += [unescape(link) for link in _LINK.findall(response.text)]
        self.bodies[response.url.path] = response.text
        return response.url.path

    def follow_everything(self, start: str) -> None:
        """Open whatever can be reached by links from a page that was opened, a few of each kind."""
        waiting = [start]
        while waiting:
            for link in dict.fromkeys(_LINK.findall(self.bodies[waiting.pop(0)])):
                kind = _OF_ONE.sub("/*", link.partition("?")[0])
                path = unescape(link).partition("?")[0]
                if path in self.bodies or self.kinds[kind] >= _OF_A_KIND:
                    continue
                self.kinds[kind] += 1
                waiting.append(self.get(unescape(link)))

    def await_work(self, address: str) -> None:
        """Look at a piece of work until it is over."""
        for _ in range(300):
            self.get(address)
            if "hx-trigger" not in self.bodies[address]:
                return
            time.sleep(0.2)
        raise AssertionError(f"{address} never ended")


def walk_the_index(address: str, register: Path) -> IndexWalk:
    """Register people from a file, look for them, inspect, compare, and open every page there is a link to."""
    people = list(first_people(register))
    with httpx.Client(base_url=address, follow_redirects=True, timeout=60) as client:
        walk = IndexWalk(client)
        walk.get("/login/")
        walk.post("/login/persona/", {"persona": "persona-atena"}, of="/login/")
        _register_from_a_file(walk, people)
        for form, work in (("inspection", "start/"), ("link", "compare/")):
            walk.get(f"/index/{form}/")
            walk.await_work(walk.post(f"/index/{form}/{work}", {"repair": "no"}, of=f"/index/{form}/"))
            walk.follow_everything(walk.get(f"/index/{form}/"))
        walk.get("/index/numbers/")
        walk.follow_everything(walk.post("/index/numbers/", {"number": people[0]["個人番号"]}, of="/index/numbers/"))
        walk.get("/index/people/")
        for typed in (
            {"number": people[1]["宛名番号"]},
            {"birth_date": people[2]["生年月日"], "name": people[2]["氏名"][:2]},
        ):
            walk.follow_everything(walk.post("/index/people/", typed, of="/index/people/"))
        walk.follow_everything(walk.get("/index/"))
        walk.get("/index/people/nobody/", expected=404)
        walk.get("/index/nowhere/", expected=404)
    return walk


def _register_from_a_file(walk: IndexWalk, people: list[dict[str, str]]) -> None:
    walk.get("/index/systems/")
    names = {"system": SYSTEM, "name": "模擬の業務", "name_en": "A system"}
    walk.post("/index/systems/", names, of="/index/systems/")
    walk.get("/index/registering/")
    kept = walk.post(
        "/index/registering/upload/", {"system": SYSTEM}, of="/index/registering/", file=people_file(people)
    )
    walk.await_work(walk.post(f"{kept}register/", {}, of=kept))


def people_file(people: list[dict[str, str]]) -> bytes:
    """Write people of the register as a business system states them, one of them with the number of another."""
    stated = [*people, people[0] | {"宛名番号": "C1", "個人番号": people[1]["個人番号"]}]
    header = ("宛名番号", "氏名", "カナ氏名", "生年月日", "性別", "住所", "個人番号")
    lines = [",".join(header), *(",".join(one[name] for name in header) for one in stated)]
    return "\r\n".join(lines).encode("utf-8-sig")


def first_people(register: Path) -> Iterator[dict[str, str]]:
    """Give the first people of a register, as its file says them."""
    with register.open(encoding="utf-8", newline="") as file:
        for place, row in enumerate(csv.DictReader(file)):
            if place == 12:
                return
            yield row
