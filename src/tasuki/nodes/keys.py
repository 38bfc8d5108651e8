"""A node's keys: TLS, signing, sealing, and one master secret from which every symmetric key is derived.

Keys live in files readable by the node's account only, never in a database. The demonstration's certificate
authority is ours; in production the files come from the municipality's own authority.
"""

import base64
import datetime as dt
import ipaddress
import os
import secrets
import ssl
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

MASTER_BYTES = 32
#: The key of individual numbers that comes from the master secret; later ones have secrets of their own.
FIRST_NUMBER_KEY = "1"
CA_DAYS = 3650
LEAF_DAYS = 397


@dataclass(frozen=True)
class NodeKeys:
    """The keys beside a `node.toml`, read when first used."""

    folder: Path

    @property
    def certificate(self) -> Path:
        return self.folder / "tls.crt"

    @property
    def private_key(self) -> Path:
        return self._place("tls.key")

    def _place(self, name: str) -> Path:
        """Return where a secret lies: handed over by the service manager (`LoadCredential=`), else beside `node.toml`.

        The service manager takes it from a vault or unseals it with the machine's own chip, so that it lies nowhere.
        """
        handed_over = os.environ.get("CREDENTIALS_DIRECTORY")
        given = Path(handed_over) / f"{self.folder.name}.{name}" if handed_over else self.folder / name
        return given if given.exists() else self.folder / name

    @property
    def authority(self) -> Path:
        return self.folder / "ca.crt"

    def certificate_state(self) -> tuple[int, ...]:
        """Return what changes whenever a file that TLS is made of is exchanged."""
        files = (self.certificate, self.private_key, self.authority)
        return tuple(file.stat().st_mtime_ns if file.exists() else 0 for file in files)

    def certificate_fits(self) -> bool:
        """Say whether certificate and key belong together; between the two being replaced they do not."""
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self.certificate, self.private_key)
        except (OSError, ssl.SSLError):
            return False
        return True

    @property
    def signing(self) -> Ed25519PrivateKey:
        """The key of messages. Read anew once its file is another: keys are exchanged while everything goes on."""
        return _read_signing(self._signing_file)

    @cached_property
    def _signing_file(self) -> Path:
        return self.folder / "signing.key"

    @property
    def log(self) -> Ed25519PrivateKey:
        """The key of the evidence log, which is the one it began with: one log has one name and one key."""
        file = self.folder / "log.key"
        return _read_signing(file) if file.exists() else self.signing

    def make_next_signing(self) -> str:
        """Make the next key of messages, unless one waits already, and return its public half for the peers."""
        file = self.folder / "signing.next.key"
        if not file.exists():
            draft = file.with_suffix(".new")
            write_secret(draft, Ed25519PrivateKey.generate().private_bytes_raw())
            _flush(draft)
            draft.rename(file)
            _flush(self.folder)
        return encode_key(_read_signing(file).public_key())

    def next_signing(self) -> str:
        """Return the public half of the next key of messages; empty when none was made."""
        file = self.folder / "signing.next.key"
        return encode_key(_read_signing(file).public_key()) if file.exists() else ""

    def use_next_signing(self) -> None:
        """Sign messages with the next key from now on, and the log with the key it began with, as before.

        :raises FileNotFoundError: when no next key was made.
        """
        log = self.folder / "log.key"
        if not log.exists():
            draft = log.with_suffix(".new")
            write_secret(draft, (self.folder / "signing.key").read_bytes())
            _flush(draft)
            draft.rename(log)
        (self.folder / "signing.next.key").rename(self.folder / "signing.key")
        _flush(self.folder)

    @cached_property
    def sealing(self) -> X25519PrivateKey:
        return X25519PrivateKey.from_private_bytes(self._place("sealing.key").read_bytes())

    @cached_property
    def _master(self) -> bytes:
        master = self._place("master.key").read_bytes()
        if len(master) != MASTER_BYTES:
            raise ValueError("master.key must hold exactly 32 bytes")
        return master

    def derive(self, purpose: str, length: int = 32) -> bytes:
        """Return the symmetric key for a purpose (HKDF-SHA256); different purposes give unrelated keys."""
        return _derived(self._master, purpose, length)

    def derive_for_numbers(self, purpose: str) -> bytes:
        """Return the symmetric key for a purpose that ends in the id of a key of individual numbers.

        The first key comes from the master secret. Each later one has a secret in a file of its own: keys made anew
        from a master that was seen would be no new keys.
        """
        key_id = purpose.rpartition("/")[2]
        secret = self._master if key_id == FIRST_NUMBER_KEY else self.number_key(key_id).read_bytes()
        if len(secret) != MASTER_BYTES:
            raise ValueError(f"the key {key_id} of individual numbers must hold exactly {MASTER_BYTES} bytes")
        return _derived(secret, purpose, MASTER_BYTES)

    def number_key(self, key_id: str) -> Path:
        """Return where the secret of a later key of individual numbers lies."""
        return self.folder / "number-keys" / f"{key_id}.key"

    def make_number_key(self, key_id: str) -> None:
        """Make the secret of a key of individual numbers, durably; one that exists is never replaced."""
        file = self.number_key(key_id)
        file.parent.mkdir(mode=0o700, exist_ok=True)
        if not file.exists():
            # Written whole under another name: a key cut short by a crash must not be taken for a key.
            draft = file.with_suffix(".new")
            write_secret(draft, secrets.token_bytes(MASTER_BYTES))
            _flush(draft)
            draft.rename(file)
        _flush(file.parent)

    @property
    def public_signing(self) -> str:
        return encode_key(self.signing.public_key())

    @property
    def public_log(self) -> str:
        return encode_key(self.log.public_key())

    @property
    def public_sealing(self) -> str:
        return encode_key(self.sealing.public_key())


def _read_signing(file: Path) -> Ed25519PrivateKey:
    return _signing_key(file, file.stat().st_mtime_ns)


@lru_cache(maxsize=64)
def _signing_key(file: Path, _changed: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(file.read_bytes())


def _derived(secret: bytes, purpose: str, length: int) -> bytes:
    return HKDF(hashes.SHA256(), length, salt=None, info=f"tasuki/{purpose}".encode()).derive(secret)


def _flush(place: Path) -> None:
    """Let a file, or the names in a folder, survive a power cut: rows are about to be sealed under what it holds."""
    opened = os.open(place, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def encode_key(key: Ed25519PublicKey | X25519PublicKey) -> str:
    return base64.b64encode(key.public_bytes_raw()).decode()


def signing_key_from(text: str) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))


def sealing_key_from(text: str) -> X25519PublicKey:
    return X25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))


def write_secret(file: Path, content: bytes) -> None:
    """Write a file readable by its owner only, from its first moment."""
    file.touch(mode=0o600, exist_ok=True)
    file.chmod(0o600)
    file.write_bytes(content)


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    # granian reads PKCS#8 only.
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


@dataclass(frozen=True)
class Authority:
    """A certificate authority of our own, for demonstrations and tests."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def create(cls, name: str, at: dt.datetime) -> "Authority":
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(at - dt.timedelta(days=1))
            .not_valid_after(at + dt.timedelta(days=CA_DAYS))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return cls(key, certificate)

    @classmethod
    def load_or_create(cls, folder: Path, at: dt.datetime) -> "Authority":
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        key_file, certificate_file = folder / "ca.key", folder / "ca.crt"
        if key_file.exists() and certificate_file.exists():
            key = serialization.load_pem_private_key(key_file.read_bytes(), None)
            if not isinstance(key, ec.EllipticCurvePrivateKey):
                raise ValueError(f"{key_file.name} holds another kind of key than this authority uses")
            return cls(key, x509.load_pem_x509_certificate(certificate_file.read_bytes()))
        made = cls.create("Tasuki demonstration authority", at)
        write_secret(key_file, _pem(made.key))
        certificate_file.write_bytes(made.pem)
        return made

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    def issue(
        self, folder: Path, name: str, host: str, *, not_before: dt.datetime, not_after: dt.datetime | None = None
    ) -> None:
        """Write `tls.key`, `tls.crt` and `ca.crt` for a node that is both server and client."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternative: list[x509.GeneralName] = [x509.DNSName(name), x509.DNSName("localhost")]
        alternative.append(x509.IPAddress(ipaddress.ip_address(host)))
        usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
        certificate = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
            .issuer_name(self.certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(not_before)
            .not_valid_after(not_after or not_before + dt.timedelta(days=LEAF_DAYS))
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.SubjectAlternativeName(alternative), critical=False)
            .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self.key.public_key()), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        write_secret(folder / "tls.key", _pem(key))
        (folder / "tls.crt").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
        (folder / "ca.crt").write_bytes(self.pem)


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        encipher_only=False,
        decipher_only=False,
    )


def make_keys(folder: Path, name: str, host: str, authority: Authority, at: dt.datetime) -> NodeKeys:
    """Make whatever keys a node still lacks; keys that exist are never replaced here."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    raw = {
        "signing.key": Ed25519PrivateKey.generate().private_bytes_raw(),
        "sealing.key": X25519PrivateKey.generate().private_bytes_raw(),
        "master.key": secrets.token_bytes(MASTER_BYTES),
    }
    for file_name, content in raw.items():
        if not (folder / file_name).exists():
            write_secret(folder / file_name, content)
    if not (folder / "tls.crt").exists():
        authority.issue(folder, name, host, not_before=at - dt.timedelta(hours=1))
    return NodeKeys(folder)
