"""Where a checkout keeps what it makes: one ignored folder, and nothing outside it unless root forbids."""

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

#: Where root keeps binaries and data of PostgreSQL, which may not run as root nor read a home under /root.
ROOT_OWNED = Path("/var/lib/tasuki")


@dataclass(frozen=True, slots=True)
class Home:
    """The data folder of one deployment: node configurations, keys, state files and, unless root, the database."""

    path: Path

    @property
    def nodes(self) -> Path:
        return self.path / "nodes"

    @property
    def seats(self) -> Path:
        """Keys and files of parties that run outside this deployment."""
        return self.path / "seats"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def run(self) -> Path:
        return self.path / "run"

    @property
    def postgres(self) -> Path:
        """The folder of the embedded PostgreSQL.

        PostgreSQL refuses to run as root. Its own account must be able to walk to its files, which a
        checkout under /root prevents, so root's clusters live under /var/lib/tasuki. The home remembers which is
        its own: a home deleted and made again must not meet databases whose keys went with the old one.
        """
        if os.geteuid() != 0:
            return self.path / "postgres"
        remembered = self.path / "cluster"
        if not remembered.exists():
            self._remember_cluster(remembered)
        return ROOT_OWNED / "clusters" / remembered.read_text()

    def _remember_cluster(self, remembered: Path) -> None:
        """Choose this home's cluster, unless another process has chosen it meanwhile."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        chosen = secrets.token_hex(8)
        written = remembered.with_name(f"cluster.{chosen}")
        written.write_text(chosen)
        # A link appears whole and never takes the place of another.
        with contextlib.suppress(FileExistsError):
            remembered.hardlink_to(written)
        written.unlink()

    def make(self) -> None:
        """Create the folders, readable by nobody else."""
        for folder in (self.path, self.nodes, self.logs, self.run):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def home() -> Home:
    """Return the data folder: TASUKI_HOME, else `var` in the current folder."""
    return Home(Path(os.environ.get("TASUKI_HOME", "var")).resolve())
