"""Which Python `make setup` takes."""

import random
from math import inf

import pytest
from scripts import choose_python


class Machine:
    """One whose speed changes by up to half from turn to turn, and by a little within one."""

    def __init__(self, seconds: tuple[float, ...]) -> None:
        self._seconds = dict(zip(choose_python.CANDIDATES, seconds, strict=True))
        self._pace = random.Random(1)  # noqa: S311 — the moods of a machine, not a secret
        self._turn = 1.0

    def seconds_of(self, python: str) -> float:
        if python == choose_python.CANDIDATES[0]:
            self._turn = self._pace.uniform(1, 1.5)
        return self._seconds[python] * self._turn * self._pace.uniform(0.98, 1.02)


@pytest.mark.parametrize(
    ("seconds", "chosen"),
    [
        ((0.50, 0.35, inf), "/usr/bin/python3"),
        ((0.50, 0.48, inf), "python3"),
        ((0.35, 0.50, inf), "python3"),
        ((inf, 0.50, inf), "/usr/bin/python3"),
        ((inf, inf, inf), "python3"),
    ],
    ids=["clearly faster", "hardly faster", "slower", "the usual one is too old", "none"],
)
def test_the_fastest_is_named_whatever_the_machine_does_meanwhile(
    seconds: tuple[float, ...], chosen: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(choose_python, "seconds_of", Machine(seconds).seconds_of)
    choose_python.main()
    assert capsys.readouterr().out == f"{chosen}\n"
