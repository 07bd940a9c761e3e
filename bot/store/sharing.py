"""Whether several processes may share a database: always on PostgreSQL, on SQLite only through one machine's disk."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import make_url

from bot.store.errors import StoreError

_MOUNTS = Path("/proc/self/mountinfo")
_REMOTE = frozenset(
    {"9p", "afs", "ceph", "cifs", "fuse.ceph", "fuse.glusterfs", "fuse.s3fs", "fuse.sshfs", "gpfs", "lustre", "nfs",
     "nfs4", "ocfs2", "smb2", "smb3", "smbfs", "virtiofs"}
)  # fmt: skip


def check_shared(url: str) -> None:
    """Refuse a SQLite file on a network file system: its write-ahead log is shared memory (sqlite.org/wal.html).

    Raises `StoreError`. Where the mounts cannot be read nothing is refused.
    """
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite" or not parsed.database or not _MOUNTS.exists():
        return
    folder = Path(parsed.database).absolute().parent
    kind = file_system(folder, _MOUNTS.read_text(encoding="utf-8", errors="replace"))
    if kind in _REMOTE:
        raise StoreError(
            f"{folder} is on a network file system ({kind}), where several processes would corrupt a SQLite database: "
            "run concordat serve alone, or set DATABASE_URL to a PostgreSQL database"
        )


def file_system(folder: Path, mounts: str) -> str | None:
    """Find the kind of file system of a folder in the text of /proc/self/mountinfo (proc(5))."""
    kinds: dict[Path, str] = {}
    for line in mounts.splitlines():
        before, _, after = line.partition(" - ")
        if len(before.split()) > 4 and after:
            kinds[Path(before.split()[4].replace("\\040", " "))] = after.split()[0]
    return next((kinds[place] for place in (folder, *folder.parents) if place in kinds), None)
