import stat
import struct
import zipfile
from dataclasses import replace

import pytest

from seep.errors import ImportRefusedError
from seep.io.archives import is_zip, unpack
from seep.settings import read_settings


@pytest.fixture
def limits(monkeypatch):
    def set_limits(**values):
        class Chosen:
            limits = replace(read_settings({}).limits, **values)

        monkeypatch.setattr("seep.io.archives.settings", Chosen)

    return set_limits


def pack(path, members, **options):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, **options) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def refused(tmp_path, path, match):
    outside = sorted(tmp_path.rglob("*"))
    with pytest.raises(ImportRefusedError, match=match):
        unpack(path, tmp_path / "out")
    assert sorted(tmp_path.rglob("*")) == outside


def test_files_and_folders_come_out_as_they_went_in(tmp_path):
    members = {"images/a.1.tif": b"1" * 5000, "images/b.tif": b"", "masks/é漢.png": b"3"}
    path = pack(tmp_path / "set.zip", members | {".DS_Store": b"x", "__MACOSX/a": b"x"})
    assert is_zip(path)
    seen = []
    found = unpack(path, tmp_path / "out", lambda *step: seen.append(step))
    assert {one.relative_to(tmp_path / "out").as_posix(): one.read_bytes() for one in found} == members
    assert seen[-1][:2] == (3, 3)


@pytest.mark.parametrize(
    "name",
    ["../a.tif", "a/../../b.tif", "/etc/passwd", "\\\\server\\a", "C:\\a.tif", "C:/a.tif", "..\\a.tif"],
)
def test_names_that_lead_elsewhere_are_refused(tmp_path, name):
    refused(tmp_path, pack(tmp_path / "set.zip", {"good.tif": b"1", name: b"2"}), "leads out of the folder")


@pytest.mark.parametrize("name", ["a\nb.tif", "a\x1bb.tif", "n" * 300 + ".tif"])
def test_names_that_no_file_can_have_are_refused(tmp_path, name):
    refused(tmp_path, pack(tmp_path / "set.zip", {name: b"1"}), "invalid file name")


def test_a_deep_name_is_refused(tmp_path):
    refused(tmp_path, pack(tmp_path / "set.zip", {"a/" * 40 + "b.tif": b"1"}), "leads out")


def test_links_are_refused(tmp_path):
    link = zipfile.ZipInfo("link.tif")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    refused(tmp_path, pack(tmp_path / "set.zip", {link: b"/etc/passwd"}), "link or a device")


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("names", [("a.tif", "a.tif"), ("a.tif", "A.TIF"), ("a", "a/b.tif")])
def test_one_name_for_two_files_is_refused(tmp_path, names):
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for name in names:
            archive.writestr(name, b"1")
    refused(tmp_path, tmp_path / "set.zip", "twice")


def test_a_bomb_is_refused_by_its_list(tmp_path):
    path = pack(tmp_path / "set.zip", {"a.tif": bytes(80 * 2**20)}, compresslevel=9)
    assert path.stat().st_size < 100_000
    refused(tmp_path, path, "decompression bomb")


def test_a_bomb_whose_list_lies_is_refused_while_it_is_unpacked(tmp_path):
    path = pack(tmp_path / "set.zip", {"a.tif": bytes(80 * 2**20)})
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"PK\x01\x02")
    struct.pack_into("<I", data, entry + 24, 100)
    path.write_bytes(data)
    refused(tmp_path, path, "damaged|bomb")


def test_limits_of_files_and_bytes_can_be_set(tmp_path, limits):
    path = pack(tmp_path / "set.zip", {f"{n}.tif": bytes(1000) for n in range(5)})
    limits(zip_files=4)
    refused(tmp_path, path, "5 files, more than 4 ")
    limits(zip_bytes=4000)
    refused(tmp_path, path, "5\u202f000 bytes or more. The limit is 4\u202f000")
    limits(zip_files=5, zip_bytes=5000)
    assert len(unpack(path, tmp_path / "out")) == 5


@pytest.mark.parametrize("kept", [0, 3, 40, 90])
def test_what_is_no_zip_or_cut_short_is_refused(tmp_path, kept):
    path = pack(tmp_path / "set.zip", {"a.tif": b"123" * 50})
    path.write_bytes(path.read_bytes()[:kept])
    refused(tmp_path, path, "damaged or not a zip")


def test_an_empty_zip_is_refused(tmp_path):
    refused(tmp_path, pack(tmp_path / "set.zip", {}), "no files")


def test_encrypted_zips_are_refused(tmp_path):
    path = pack(tmp_path / "set.zip", {"a.tif": b"1"})
    data = bytearray(path.read_bytes())
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 8] |= 1
    path.write_bytes(data)
    refused(tmp_path, path, "encrypted")


def test_members_that_begin_before_the_file_are_refused_as_damage(tmp_path):
    path = pack(tmp_path / "set.zip", {"a.tif": b"1", "b.tif": b"2"})
    data = bytearray(path.read_bytes())
    struct.pack_into("<I", data, data.rindex(b"PK\x01\x02") + 42, 2**31)
    struct.pack_into("<I", data, data.rindex(b"PK\x05\x06") + 16, 2**31)
    path.write_bytes(data)
    refused(tmp_path, path, "damaged or not a zip")
