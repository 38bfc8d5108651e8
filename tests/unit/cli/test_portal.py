"""What the commands that play the portal take from standard input, and what they say of what they cannot take."""

import base64
import io

import pytest
import typer
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from pydantic import ValidationError

from tasuki.cli import portal
from tasuki.protocol.self_messages import SelfOutcome, SelfRequested, SelfState

KEY = X25519PrivateKey.generate()


@pytest.mark.parametrize("line", ["", "\n"])
def test_no_key_is_no_key(line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(line))
    assert portal._key_read() is None


def test_a_key_is_read_as_it_was_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    printed = base64.b64encode(KEY.private_bytes_raw()).decode()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{printed}\n"))
    read = portal._key_read()
    assert read is not None
    assert read.private_bytes_raw() == KEY.private_bytes_raw()


@pytest.mark.parametrize("line", ["no key", "秘密", base64.b64encode(b"short").decode()])
def test_what_is_no_key_ends_the_command_without_repeating_it(
    line: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{line}\n"))
    with pytest.raises(typer.Exit) as ended:
        portal._key_read()
    assert ended.value.exit_code == 2
    said = capsys.readouterr().err
    assert "2行目" in said
    assert line not in said


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"request_number": "1"}, "--number: "),
        ({"providers": ["town-a"]}, "--provider: 情報保有機関コード16桁"),
        ({"data_sets": ["98"]}, "--data-set: "),
    ],
)
def test_every_option_that_can_be_wrong_is_named_with_what_is_expected(wrong: dict[str, object], said: str) -> None:
    right = {
        "request_number": "0193578d-0000-7000-8000-000000000001",
        "portal_code": "0" * 32,
        "answer_key": "A" * 43 + "=",
    }
    with pytest.raises(ValidationError) as refused:
        SelfRequested.model_validate(right | wrong)
    assert portal._why_invalid(refused.value.errors()[0]["loc"]).startswith(said)


def test_every_outcome_and_every_state_has_its_words() -> None:
    assert set(portal._WHY_REFUSED) | {"taken"} == {one.value for one in SelfOutcome}
    assert set(portal._STATES) == {one.value for one in SelfState}
