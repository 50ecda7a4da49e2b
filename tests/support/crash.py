"""Power cuts from a syscall trace: what a disk may hold at any instant, rebuilt from what the process really wrote.

A write is sure once its file was synced after it; until then it may be there, be missing, or be torn at a 512-byte sector,
each on its own. A new name, an unlink or a rename is sure after a later sync. Shared memory (-shm) never survives.
"""

from __future__ import annotations

import random
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

SECTOR = 512
CALLS = "openat,close,write,pwrite64,fsync,fdatasync,ftruncate,unlink,unlinkat,rename,renameat,renameat2,fallocate"


@dataclass(frozen=True)
class Op:
    """One call that matters: what, on which file, where, with which bytes."""

    kind: str
    path: str = ""
    offset: int = 0
    data: bytes = b""


def record(command: list[str], trace: Path) -> None:
    """Run a command under strace, every byte it writes into `trace`."""
    strace = ["strace", "-f", "-xx", "-s", "200000", "-e", f"trace={CALLS}", "-e", "signal=none", "-o", str(trace)]
    subprocess.run([*strace, *command], check=True, timeout=280)


def read(trace: Path, folder: Path) -> list[Op]:
    """The ops on files of `folder`, in the order in which they took effect; writes to stdout become marks."""
    paths: dict[tuple[str, int], str] = {}
    ops: list[Op] = []
    for call, args, result in _calls(trace):
        if call == "openat" and result >= 0:
            path = _text(args.split(", ")[1])
            paths["fd", result] = path
            if "O_CREAT" in args and Path(path).parent == folder:
                ops.append(Op("create", path))
            if "O_TRUNC" in args and Path(path).parent == folder:
                ops.append(Op("truncate", path, 0))
        elif call == "write" and args.startswith("1, "):
            ops.append(Op("mark", data=_bytes(args)))
        elif call in ("unlink", "unlinkat") and result == 0:
            ops.append(Op("unlink", _text(args.split(", ")[-2 if call == "unlinkat" else 0])))
        elif call in ("pwrite64", "write", "fsync", "fdatasync", "ftruncate", "fallocate") and result >= 0:
            path = paths.get(("fd", int(re.match(r"\d+", args).group())), "")  # type: ignore[union-attr]
            if path == str(folder):
                ops.append(Op("sync_folder"))
            if Path(path).parent != folder or path.endswith("-shm"):
                continue
            if call == "pwrite64":
                ops.append(Op("write", path, int(args.rsplit(", ", 1)[1]), _bytes(args)))
            elif call == "write":
                raise AssertionError(f"a plain write to {path}: the model only knows positioned ones")
            elif call == "ftruncate":
                ops.append(Op("truncate", path, int(args.split(", ")[1])))
            elif call in ("fsync", "fdatasync"):
                ops.append(Op("sync", path))
    return ops


def _calls(trace: Path) -> Iterator[tuple[str, str, int]]:
    """(call, arguments, result), interrupted calls put together at the line where they ended."""
    begun: dict[str, str] = {}
    for line in trace.read_text("ascii", "replace").splitlines():
        pid, _, rest = line.partition(" ")
        rest = rest.strip()
        if rest.endswith("<unfinished ...>"):
            begun[pid] = rest.removesuffix("<unfinished ...>").rstrip()
            continue
        resumed = re.match(r"<\.\.\. \w+ resumed>\s*(.*)", rest)
        if resumed:
            head = begun.pop(pid)
            tail = resumed.group(1)
            rest = head + ("" if tail.startswith((")", ",")) or head.endswith(("(", ", ")) else " ") + tail
        match = re.match(r"(\w+)\((.*)\)\s+= (-?\d+)", rest)
        if match:
            yield match.group(1), match.group(2), int(match.group(3))


def _bytes(args: str) -> bytes:
    quoted = re.search(r'"((?:\\x[0-9a-f]{2})*)"', args)
    assert quoted, args[:80]
    return bytes.fromhex(quoted.group(1).replace("\\x", ""))


def _text(quoted: str) -> str:
    return _bytes(quoted).decode()


@dataclass
class _File:
    sure: bytearray = field(default_factory=bytearray)
    named: bool = False
    pending: list[Op] = field(default_factory=list)


class Disk:
    """The files as the process wrote them: what is sure, and what is still under way."""

    def __init__(self) -> None:
        self.files: dict[str, _File] = {}
        self.gone: dict[str, _File] = {}
        self.marks: list[bytes] = []

    def apply(self, op: Op) -> None:
        if op.kind == "mark":
            self.marks.append(op.data)
        elif op.kind == "create":
            self.files.setdefault(op.path, _File())
        elif op.kind == "unlink":
            found = self.files.pop(op.path, None)
            if found:
                self.gone[op.path] = found
        elif op.kind == "sync_folder":
            self.gone.clear()
            for file in self.files.values():
                file.named = True
        elif op.kind == "sync":
            file = self.files[op.path]
            for pending in file.pending:
                _do(file.sure, pending)
            file.pending.clear()
            file.named = True
        else:
            self.files.setdefault(op.path, _File()).pending.append(op)

    def crash(self, chance: random.Random, folder: Path) -> None:
        """Write into `folder` what a disk could hold if the power went now."""
        folder.mkdir(parents=True, exist_ok=True)
        files = dict(self.files)
        for path, file in self.gone.items():
            if path not in files and chance.random() < 0.5:
                files[path] = file
        for path, file in files.items():
            if not file.named and chance.random() < 0.5:
                continue
            content = bytearray(file.sure)
            pending = [op for op in file.pending if chance.random() < 0.6]
            for op in pending:
                _do(content, _torn(op, chance) if chance.random() < 0.3 else op)
            (folder / Path(path).name).write_bytes(content)


def _torn(op: Op, chance: random.Random) -> Op:
    """Only some leading or trailing sectors of a write reached the disk."""
    if op.kind != "write" or len(op.data) <= SECTOR:
        return op
    cut = chance.randrange(1, (len(op.data) + SECTOR - 1) // SECTOR) * SECTOR
    if chance.random() < 0.5:
        return Op("write", op.path, op.offset, op.data[:cut])
    return Op("write", op.path, op.offset + cut, op.data[cut:])


def _do(content: bytearray, op: Op) -> None:
    if op.kind == "truncate":
        if op.offset < len(content):
            del content[op.offset :]
        else:
            content.extend(bytes(op.offset - len(content)))
        return
    end = op.offset + len(op.data)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    content[op.offset : end] = op.data
