import io
import stat
import struct
import tarfile
import zipfile
from dataclasses import replace

import pytest

from seep.errors import ImportRefusedError
from seep.io.archives import announced_bytes, is_archive, unpack
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
    assert is_archive(path)
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
    refused(tmp_path, path, "damaged or not a zip or tar")


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
    refused(tmp_path, path, "damaged or not a zip or tar")


def pack_tar(path, members, mode="w:gz"):
    with tarfile.open(path, mode) as archive:
        for one, data in members.items():
            info = one if isinstance(one, tarfile.TarInfo) else tarfile.TarInfo(one)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("mode", ["w:", "w:gz", "w:bz2", "w:xz"])
def test_tars_come_out_as_they_went_in(tmp_path, mode):
    members = {"images/a.1.tif": b"1" * 5000, "images/b.tif": b"", f"masks/{'n' * 150}é.png": b"3"}
    folder = tarfile.TarInfo("images")
    folder.type = tarfile.DIRTYPE
    path = pack_tar(tmp_path / "set.tar", {folder: b""} | members | {"._a": b"x", "__MACOSX/a": b"x"}, mode)
    assert is_archive(path)
    assert announced_bytes(path) == 5001
    seen = []
    found = unpack(path, tmp_path / "out", lambda *step: seen.append(step))
    assert {one.relative_to(tmp_path / "out").as_posix(): one.read_bytes() for one in found} == members
    assert seen[-1][:2] == (3, 3)


@pytest.mark.parametrize("name", ["../a.tif", "a/../../b.tif", "/etc/passwd", "C:\\a.tif"])
def test_names_in_a_tar_that_lead_elsewhere_are_refused(tmp_path, name):
    refused(tmp_path, pack_tar(tmp_path / "set.tar", {"good.tif": b"1", name: b"2"}), "leads out")


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.FIFOTYPE, tarfile.CHRTYPE])
def test_links_and_devices_in_a_tar_are_refused(tmp_path, kind):
    link = tarfile.TarInfo("link.tif")
    link.type, link.linkname = kind, "/etc/passwd"
    refused(tmp_path, pack_tar(tmp_path / "set.tar", {link: b""}), "link or a device")


def test_a_tar_with_too_much_is_refused(tmp_path, limits):
    refused(tmp_path, pack_tar(tmp_path / "set.tgz", {"a.tif": bytes(80 * 2**20)}), "decompression bomb")
    limits(zip_files=4)
    refused(
        tmp_path,
        pack_tar(tmp_path / "many.tar", {f"{n}.tif": b"1" for n in range(5)}),
        "5 files, more than 4",
    )


def test_hidden_files_and_headers_of_a_tar_count_as_bytes(tmp_path, limits):
    limits(zip_bytes=1 << 20, zip_files=10)
    refused(tmp_path, pack_tar(tmp_path / "set.tgz", {".hidden": bytes(5 << 20), "a.tif": b"1"}), "bomb")
    limits()
    header = tarfile.TarInfo("a.tif")
    header.pax_headers = {"comment": "x" * (2 << 20)}
    refused(tmp_path, pack_tar(tmp_path / "head.tgz", {header: b"1"}), "damaged or not a zip or tar")


@pytest.mark.parametrize("kept", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("mode", ["w:", "w:gz"])
def test_a_tar_that_is_cut_short_is_refused(tmp_path, kept, mode):
    data = bytes(range(256)) * 200
    path = pack_tar(tmp_path / "set.tar", {"a.tif": data, "b.tif": data[::-1]}, mode)
    whole = path.read_bytes()[:110_000]
    path.write_bytes(whole[: int(len(whole) * kept)])
    refused(tmp_path, path, "damaged or not a zip or tar")


@pytest.mark.parametrize("mode", ["w:gz", "w:bz2", "w:xz"])
def test_a_compressed_tar_with_a_damaged_start_is_refused(tmp_path, mode):
    path = pack_tar(tmp_path / "set.tar", {"a.tif": bytes(range(256)) * 200}, mode)
    data = bytearray(path.read_bytes())
    data[16:80] = b"\xff" * 64
    path.write_bytes(data)
    assert not is_archive(path)
    refused(tmp_path, path, "damaged or not a zip or tar")


def test_one_name_for_two_files_of_a_tar_is_refused(tmp_path):
    second = tarfile.TarInfo("A.TIF")
    refused(tmp_path, pack_tar(tmp_path / "set.tar", {"a.tif": b"1", second: b"2"}), "twice")
