import pytest

from seep.errors import SettingsError
from seep.io.class_files import read_class_file


def read(tmp_path, text):
    path = tmp_path / "classes.txt"
    path.write_text(text)
    return [(one.id, one.name, one.color) for one in read_class_file(path)]


CAMVID = [(0, "Sky", "#808080"), (1, "Traffic light", "#804040"), (2, "Void", "#000000")]


@pytest.mark.parametrize(
    "text",
    [
        "128 128 128\tSky\n128 64 64\tTraffic light\n0 0 0\tVoid\n",
        "name,r,g,b\nSky,128,128,128\nTraffic light,128,64,64\nVoid,0,0,0\n",
        "# colors\nSky #808080\nTraffic light, #804040\n\nVoid;#000000",
        '[{"id": 0, "name": "Sky", "color": "#808080"}, {"name": "Traffic light", "color": "#804040"}, '
        '{"name": "Void", "color": "#000000"}]',
        "0: Sky #808080\n1: Traffic light #804040\n2: Void #000000\n",
    ],
)
def test_names_and_colors_are_read_as_data_sets_bring_them(tmp_path, text):
    assert read(tmp_path, text) == CAMVID


def test_names_alone_get_colors_and_keys(tmp_path):
    found = read(tmp_path, "Sea\nOil spill\nShip")
    assert [one[1] for one in found] == ["Sea", "Oil spill", "Ship"]
    assert len({one[2] for one in found}) == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "0 classes"),
        ("one", "1 classes"),
        ('{"a": 1}', "not a list of classes"),
        ("a\na", "share the name"),
        ("a\n" + "b" * 90, "1 to 80"),
        ("\n".join(map(str, range(255))), "255 classes"),
    ],
)
def test_what_is_no_list_of_classes_is_refused(tmp_path, text, message):
    with pytest.raises(SettingsError, match=message):
        read(tmp_path, text)


def test_a_missing_file_or_one_that_is_no_text_is_named(tmp_path):
    with pytest.raises(SettingsError, match=r"gone\.txt cannot be read"):
        read_class_file(tmp_path / "gone.txt")
    (tmp_path / "a.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(SettingsError, match=r"a\.txt is not UTF-8 text"):
        read_class_file(tmp_path / "a.txt")


def test_label_maps_of_cvat_and_voc_are_read(tmp_path):
    text = "# label:color_rgb:parts:actions\nSky:128,128,128::\nTraffic light:128,64,64::\nVoid:0,0,0::\n"
    assert read(tmp_path, text) == CAMVID


@pytest.mark.parametrize("names", ["names: [Oil, Ship]", "names:\n  0: Oil\n  1: Ship\nnc: 2"])
def test_names_of_a_yolo_data_set_follow_the_background(tmp_path, names):
    path = tmp_path / "data.yaml"
    path.write_text(names)
    assert [(one.id, one.name) for one in read_class_file(path)] == [
        (0, "Background"),
        (1, "Oil"),
        (2, "Ship"),
    ]
    path.write_text("train: images")
    with pytest.raises(SettingsError, match=r"data\.yaml has no list of class names"):
        read_class_file(path)
