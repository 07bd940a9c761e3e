"""Where several processes may share a SQLite file."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.store import StoreError, check_shared, sharing

MOUNTS = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
40 22 0:45 / /mnt/team rw,relatime shared:20 - nfs4 server:/team rw,vers=4.2
41 40 8:17 / /mnt/team/local rw,relatime shared:21 - xfs /dev/sdb1 rw
42 22 0:50 / /mnt/with\\040blank rw - cifs //server/share rw
a line that is none
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib/concordat", "ext4"),
        ("/mnt/team", "nfs4"),
        ("/mnt/team/a/b", "nfs4"),
        ("/mnt/team/local/a", "xfs"),
        ("/mnt/teams", "ext4"),
        ("/mnt/with blank/a", "cifs"),
    ],
)
def test_a_folder_is_on_the_file_system_that_is_mounted_closest(folder: str, kind: str) -> None:
    assert sharing.file_system(Path(folder), MOUNTS) == kind


def test_a_sqlite_file_on_a_network_is_refused_with_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    mounts = tmp_path / "mountinfo"
    mounts.write_text(MOUNTS)
    monkeypatch.setattr(sharing, "_MOUNTS", mounts)
    with pytest.raises(StoreError, match=r"nfs4.*concordat serve alone.*PostgreSQL"):
        check_shared("sqlite:////mnt/team/concordat.db")
    for url in ("sqlite:////var/lib/concordat.db", "postgresql://concordat@db/concordat"):
        check_shared(url)
    monkeypatch.setattr(sharing, "_MOUNTS", tmp_path / "none")
    check_shared("sqlite:////mnt/team/concordat.db")
