"""The archive a person takes along: a zip of a JSON file for each kind, and a page to begin with.

Written to a file on disk as it is read, a page of rows at a time, so that it takes as little memory
for a teacher of twenty years as for a pupil of one day.
"""

import asyncio
import hashlib
import zipfile
from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from html import escape
from typing import IO, Any

import msgspec

from eduflow.kernel.personal import Record, Row

_SHOWN = 100
"""Rows of each kind on the page; the JSON file has them all."""
_PIECE = 1024 * 1024
_STYLE = (
    "body{font:1rem/1.5 sans-serif;margin:2rem auto;max-width:70rem;padding:0 1rem}"
    "table{border-collapse:collapse}th,td{border:1px solid #bbb;padding:.2rem .5rem;"
    "text-align:left;vertical-align:top;overflow-wrap:anywhere}"
    "section{overflow-x:auto}"
)


class _Written(msgspec.Struct):
    name: str
    title: str
    rows: int = 0
    first: list[Row] = []


class _LeftOut(msgspec.Struct):
    tables: Sequence[str]
    why: str


class Archived(msgspec.Struct, frozen=True):
    """What was written."""

    size: int
    sha256: bytes


async def write_archive(
    file: IO[bytes], told: AsyncIterator[tuple[str, Record]], *, at: datetime
) -> Archived:
    """Write the zip into an open file; with each record comes the folder for its part."""
    written: list[_Written] = []
    left_out: list[_LeftOut] = []
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        member: IO[bytes] | None = None
        try:
            async for folder, record in told:
                if record.part is not None:
                    _end(member, written)
                    written.append(_Written(f"{folder}{record.part}", record.title))
                    member = archive.open(f"{written[-1].name}.json", "w", force_zip64=True)
                elif record.row is not None and member is not None:
                    _add(member, written[-1], record.row)
                elif record.left_out:
                    left_out.append(_LeftOut(record.left_out, record.title))
            _end(member, written)
        finally:
            if member is not None:
                member.close()
        archive.writestr("index.html", _page(written, left_out, at=at))
    return await asyncio.to_thread(_measured, file)


def _add(member: IO[bytes], part: _Written, row: Row) -> None:
    member.write((b",\n" if part.rows else b"[\n") + msgspec.json.encode(row))
    part.rows += 1
    if part.rows <= _SHOWN:
        part.first.append(row)


def _end(member: IO[bytes] | None, written: Sequence[_Written]) -> None:
    if member is not None:
        member.write(b"\n]\n" if written[-1].rows else b"[]\n")
        member.close()


def _measured(file: IO[bytes]) -> Archived:
    file.flush()
    file.seek(0)
    digest, size = hashlib.sha256(), 0
    while piece := file.read(_PIECE):
        digest.update(piece)
        size += len(piece)
    file.seek(0)
    return Archived(size, digest.digest())


def _page(written: Sequence[_Written], left_out: Sequence[_LeftOut], *, at: datetime) -> str:
    sections = "".join(_section(told) for told in written)
    missing = "".join(
        f"<li><code>{escape(', '.join(e.tables))}</code>: {escape(e.why)}</li>" for e in left_out
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Your data</title>'
        f"<style>{_STYLE}</style></head><body><h1>Your data</h1>"
        f"<p>Everything that EduFlow knows about you, as of {escape(at.isoformat())}. Each JSON"
        " file holds all rows of its kind, for programs; this page shows the first of them.</p>"
        f"{sections}<h2>Not in this archive</h2><ul>{missing}</ul></body></html>\n"
    )


def _section(told: _Written) -> str:
    name = told.name
    link = f'<p><a href="{name}.json">{name}.json</a>, {told.rows} rows</p>'
    heads = list(told.first[0]) if told.first else []
    table = ""
    if heads:
        table = (
            f"<table><thead><tr>{''.join(f'<th>{escape(h)}</th>' for h in heads)}</tr></thead>"
            f"<tbody>{''.join(_line(row, heads) for row in told.first)}</tbody></table>"
        )
    more = f"<p>… and {told.rows - _SHOWN} more</p>" if told.rows > _SHOWN else ""
    return f"<section><h2>{escape(told.title)}</h2>{link}{table}{more}</section>"


def _line(row: Row, heads: Sequence[str]) -> str:
    return f"<tr>{''.join(f'<td>{escape(_plain(row.get(h)))}</td>' for h in heads)}</tr>"


def _plain(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
