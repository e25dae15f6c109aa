"""Files made to harm: refused, in bounded memory, with a reason."""

import subprocess
import sys
import zipfile
from collections.abc import Iterable
from pathlib import Path

import pytest

from eduflow.interchange import Unreadable, limits, markup, read

_BOMB = "".join(
    f'<!ENTITY a{number} "{f"&a{number - 1};" * 10 if number else "ha" * 10}">'
    for number in range(12)
)
XML = {
    "billion laughs": f"<!DOCTYPE quiz [{_BOMB}]><quiz>&a11;</quiz>",
    "quadratic": f'<!DOCTYPE quiz [<!ENTITY a "{"a" * 50_000}">]><quiz>{"&a;" * 50_000}</quiz>',
    "external entity": '<!DOCTYPE quiz [<!ENTITY x SYSTEM "file:///etc/passwd">]><quiz>&x;</quiz>',
    "external DTD": '<!DOCTYPE quiz SYSTEM "http://127.0.0.1:9/x.dtd"><quiz/>',
    "parameter entity": '<!DOCTYPE quiz [<!ENTITY % p SYSTEM "file:///etc/passwd"> %p;]><quiz/>',
    "depth": "<assessmentItem>" + "<p>" * 200_000,
    "attribute": f'<assessmentItem title="{"a" * 3_000_000}"/>',
    "attributes": "<assessmentItem "
    + " ".join(f'a{number}=""' for number in range(50_000)) + "/>",
    "many": "<assessmentItem>" + "<p/>" * 150_000 + "</assessmentItem>",
    "moodle depth": "<quiz><question>" + "<a>" * 100_000,
    "moodle endless tag": "<quiz><question><a " + "x" * 30_000_000,
    "moodle endless comment": "<quiz><!-- " + "x" * 30_000_000,
    "moodle endless text": "<quiz><question type='essay'><name>" + "x" * 50_000_000,
    "undeclared entity": "<quiz>&nbsp;</quiz>",
    "unknown encoding": '<?xml version="1.0" encoding="utf-7"?><quiz/>',
}  # fmt: skip

_MEASURED = """
import resource, sys
from pathlib import Path
from eduflow.interchange import Unreadable, read
resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))
try:
    reading = read(Path(sys.argv[1]))
    for medium in reading.media:
        for _ in medium.pieces():
            pass
    said = f"read {len(reading.items)} of {len(reading.findings)}"
except Unreadable as wrong:
    said = f"unreadable {wrong.reason}"
# Not ru_maxrss, which begins with what the process that started this one held.
peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if "VmHWM" in line)
print(int(peak.split()[1]) // 1024, said)
"""


def measured(path: Path) -> tuple[int, str]:
    """Most megabytes held, and how it ended, in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _MEASURED, str(path)],
        capture_output=True, text=True, timeout=60, check=False,
        env={"PYTHONPATH": str(Path(__file__).parents[2] / "src")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    megabytes, said = done.stdout.split(" ", 1)
    return int(megabytes), said


@pytest.mark.parametrize("name", XML)
def test_hostile_xml_is_unreadable_and_says_where(tmp_path: Path, name: str) -> None:
    path = tmp_path / "bad.xml"
    path.write_text(XML[name])
    with pytest.raises(Unreadable) as caught:
        read(path)
    assert caught.value.file == "bad.xml"
    assert str(caught.value).startswith("bad.xml")


@pytest.mark.parametrize("name", ["billion laughs", "many", "moodle endless text", "attribute"])
def test_hostile_xml_is_refused_in_bounded_memory(tmp_path: Path, name: str) -> None:
    path = tmp_path / "bad.xml"
    path.write_text(XML[name])
    megabytes, said = measured(path)
    assert said.startswith("unreadable")
    assert megabytes < 200


ITEM = (
    b'<assessmentItem identifier="i" title="t" adaptive="false"><responseDeclaration'
    b' identifier="R" cardinality="single" baseType="string"/><itemBody><extendedTextInteraction'
    b' responseIdentifier="R"/></itemBody></assessmentItem>'
)


def zipped(
    path: Path, entries: Iterable[tuple[str | zipfile.ZipInfo, bytes]], *, packed: bool = True
) -> Path:
    method = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
    with zipfile.ZipFile(path, "w", method) as package:
        package.writestr("imsmanifest.xml", b"<manifest/>")
        for name, data in entries:
            package.writestr(name, data)
    return path


@pytest.mark.parametrize(
    "name",
    ["../evil.xml", "/etc/evil.xml", "C:/evil.xml", "a/../../evil.xml", "a\\..\\evil.xml", "a\nb",
     "x" * 600],
)  # fmt: skip
def test_names_that_lead_out_of_the_package_are_refused(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "bad.zip", [(zipfile.ZipInfo(name), ITEM)])
    with pytest.raises(Unreadable, match="an entry of the name"):
        read(path)


def test_links_and_duplicates_and_ciphers_are_refused(tmp_path: Path) -> None:
    link = zipfile.ZipInfo("link")
    link.external_attr = 0o120777 << 16
    with pytest.raises(Unreadable, match="link or a device"):
        read(zipped(tmp_path / "link.zip", [(link, b"/etc/passwd")]))
    with pytest.warns(UserWarning, match="Duplicate"):
        twice = zipped(tmp_path / "twice.zip", [("a.xml", ITEM), ("a.xml", b"other")])
    with pytest.raises(Unreadable, match="two entries"):
        read(twice)
    data = bytearray(zipped(tmp_path / "cipher.zip", [("a.xml", ITEM)]).read_bytes())
    data[data.rfind(b"PK\x01\x02") + 8] |= 1
    (tmp_path / "cipher.zip").write_bytes(data)
    with pytest.raises(Unreadable, match="encrypted"):
        read(tmp_path / "cipher.zip")


def test_a_bomb_is_refused_in_bounded_memory_though_its_header_lies(tmp_path: Path) -> None:
    path = zipped(tmp_path / "bomb.zip", [("a.xml", b"<a>" + b" " * 60_000_000)])
    megabytes, said = measured(path)
    assert said.strip() == "read 0 of 1"
    assert megabytes < 200
    data = bytearray(path.read_bytes())
    at = data.rfind(b"PK\x01\x02") + 24
    data[at : at + 4] = (100).to_bytes(4, "little")
    path.write_bytes(data)
    megabytes, said = measured(path)
    assert "read 0" in said or "unreadable" in said
    assert megabytes < 200
    data[at : at + 4] = (0xFFFFFFF0).to_bytes(4, "little")
    path.write_bytes(data)
    with pytest.raises(Unreadable, match="claims to unpack"):
        read(path)


def test_media_that_unpack_beyond_their_claims_end_while_they_are_read(tmp_path: Path) -> None:
    body = ITEM.replace(b"<itemBody>", b'<itemBody><img src="a.png"/>')
    path = zipped(tmp_path / "bomb.zip", [("i.xml", body), ("a.png", b"\x00" * 30_000_000)])
    reading = read(path)
    with pytest.raises(Unreadable, match="times as large"):
        reading.media[0].read()


def test_too_many_entries_and_a_false_list_of_contents_are_refused(tmp_path: Path) -> None:
    many = ((f"{number}.txt", b"") for number in range(limits.MAX_ENTRIES + 1))
    with pytest.raises(Unreadable, match="more than 10,000 files"):
        read(zipped(tmp_path / "many.zip", many))
    data = bytearray(zipped(tmp_path / "lie.zip", [("a.xml", ITEM)]).read_bytes())
    end = data.rfind(b"PK\x05\x06")
    data[end + 12 : end + 16] = (0x7FFFFFFF).to_bytes(4, "little")
    (tmp_path / "lie.zip").write_bytes(data)
    with pytest.raises(Unreadable):
        read(tmp_path / "lie.zip")


def test_entries_that_overlap_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "overlap.zip", [("a.xml", ITEM), ("b.xml", ITEM)])
    data = bytearray(path.read_bytes())
    first = data.find(b"PK\x01\x02", data.find(b"PK\x01\x02") + 1)
    second = data.rfind(b"PK\x01\x02")
    data[second + 42 : second + 46] = data[first + 42 : first + 46]
    path.write_bytes(data)
    with pytest.raises(Unreadable, match="overlap"):
        read(path)


def test_a_broken_checksum_costs_its_item_only(tmp_path: Path) -> None:
    path = zipped(tmp_path / "crc.zip", [("a.xml", ITEM), ("b.xml", ITEM)], packed=False)
    data = path.read_bytes()
    path.write_bytes(data.replace(b'title="t"', b'title="u"', 1))
    reading = read(path)
    assert len(reading.items) == 1
    assert "CRC" in reading.refused()[0].why[0]


@pytest.mark.parametrize(
    "data", [b"", b"  \n", b"PK\x03\x04", b"\x00" * 99, b"%PDF-1.7 \xff", b"hi"]
)
def test_what_is_nothing_of_all_this_is_unreadable(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "file"
    path.write_bytes(data)
    with pytest.raises(Unreadable):
        read(path)
    with pytest.raises(Unreadable, match="cannot be opened"):
        read(tmp_path / "nowhere")


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>", "<img src=x onerror=alert(1)>", "<svg onload=alert(1)>",
        '<a href="javascript:alert(1)">x</a>', '<a href=" jAvAsCrIpT&colon;alert(1)">x</a>',
        "<iframe src=//x></iframe>", "<math><mtext><style><img src=x onerror=alert(1)>",
        '<math><annotation-xml encoding="text/html"><script>1</script></annotation-xml></math>',
        '<img src="data:text/html,<script>1</script>">', '<p style="background:url(//x)">x</p>',
        '<form action="//x"><input name="a"></form>', '<object data="//x"></object>',
        '<math href="javascript:alert(1)"><mi>x</mi></math>', "<base href=//x>",
    ],
)  # fmt: skip
def test_nothing_that_runs_survives(html: str) -> None:
    safe = markup.safe(html).lower()
    for bad in (
        "script",
        "onerror",
        "onload",
        "style",
        "iframe",
        "data:",
        "form",
        "object",
        "<base",
    ):
        assert bad not in safe
    assert markup.safe(safe) == safe


def test_formulas_in_mathml_survive() -> None:
    formula = (
        '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block"><mfrac><mi>a</mi>'
        "<msqrt><mn>2</mn></msqrt></mfrac></math>"
    )
    assert markup.safe(formula) == formula


def test_a_package_of_many_items_stays_small(tmp_path: Path) -> None:
    entries = [(f"items/{number}.xml", ITEM) for number in range(400)]
    megabytes, said = measured(zipped(tmp_path / "large.zip", entries))
    assert "of 400" in said
    assert megabytes < 200


_PAIRS = "".join(f"<value>s{number} t{number}</value>" for number in range(150))
_MAPPED = "".join(
    f'<mapEntry mapKey="s{number} t{number}" mappedValue="1"/>' for number in range(150)
)
_SIDE = "".join(
    f'<simpleAssociableChoice identifier="SIDE{number}" matchMax="1"/>' for number in range(150)
)


def test_questions_that_are_dear_to_understand_are_given_up_in_time(tmp_path: Path) -> None:
    path = tmp_path / "dear"
    path.write_text(
        '<assessmentItem identifier="i" title="t"><responseDeclaration identifier="R"'
        f' cardinality="multiple" baseType="directedPair"><correctResponse>{_PAIRS}'
        f"</correctResponse><mapping>{_MAPPED}</mapping></responseDeclaration><itemBody>"
        f'<matchInteraction responseIdentifier="R"><simpleMatchSet>{_SIDE.replace("SIDE", "s")}'
        f"</simpleMatchSet><simpleMatchSet>{_SIDE.replace('SIDE', 't')}</simpleMatchSet>"
        "</matchInteraction></itemBody>"
        '<responseProcessing template="x/map_response"/></assessmentItem>'
    )
    assert "too many steps" in str(read(path).findings[0])
    path.write_text("Endless {" + "\n" * 400_000 + "=a}")
    assert len(read(path).items) == 1
    spaces = " " * 200_000
    path.write_text(
        "<quiz><question type='essay'><questiontext format='html'><text>&lt;a src="
        f"{spaces}x on{spaces}</text></questiontext></question></quiz>"
    )
    with read(path) as reading:
        assert len(reading.items) == 1
