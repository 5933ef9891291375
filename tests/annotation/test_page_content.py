import numpy as np
import pytest
from scipy.sparse import csr_array

from skactive.annotation import HTML, ImageFolder
from skactive.annotation._page._content import Presenter

PNG = b"\x89PNG\r\n\x1a\n"


def test_by_type():
    assert Presenter()(["one", "two"], 1).data == "two"
    assert Presenter()(np.array([[1, 2.5]]), 0).data == [("0", "1"), ("1", "2.5")]
    image = Presenter()(np.zeros((2, 8, 8)), 1)
    assert (image.kind, image.media_type) == ("image", "image/png")
    assert Presenter()(csr_array([[0, 3]]), 0).data == [("0", "0"), ("1", "3")]


def test_frame():
    pd = pytest.importorskip("pandas")
    X = pd.DataFrame({"age": [3, 4], "name": ["a", None], "x": [0.1, np.nan]})
    assert Presenter()(X, 1).data == [("age", "4"), ("name", ""), ("x", "")]
    assert Presenter(["x", "age"])(X, 0).data == [("x", "0.1"), ("age", "3")]
    assert Presenter("text")(X["name"], 0).data == "a"
    with pytest.raises(ValueError, match="no column 'agee'"):
        Presenter(["agee"])(X, 0)
    # what is shown may be another container than what is learnt from
    assert Presenter(X)(np.zeros((2, 1)), 0).data[0] == ("age", "3")


def test_forms():
    assert Presenter("text")(np.array([7]), 0).data == "7"
    assert Presenter("image")(np.zeros((1, 64)), 0).data.startswith(PNG)
    with pytest.raises(ValueError, match="is 'picture'"):
        Presenter("picture")(["x"], 0)


def test_images_of_a_pool_have_one_brightness():
    X = np.array([np.full(4, 0), np.full(4, 8), np.full(4, 16)])
    shown = [Presenter("image")(X, row).data for row in range(3)]
    own = Presenter("image")(X[1:2], 0).data  # alone, 8 is the brightest there is
    assert len({*shown, own}) == 3
    assert own == shown[2]


def test_what_a_function_returns():
    assert Presenter(str.upper)(["a"], 0).data == "A"
    assert Presenter(HTML)(["<b>a</b>"], 0).kind == "html"
    assert Presenter(lambda row: {"a": 1})([0], 0).data == [("a", "1")]
    assert Presenter(lambda row: PNG)([0], 0).media_type == "image/png"
    with pytest.raises(ValueError, match="not a PNG"):
        Presenter(lambda row: b"<svg onload=alert(1)>")([0], 0)


def test_html_that_is_not_marked_is_text():
    shown = Presenter(lambda row: f"<script>{row}</script>")(["x"], 0)
    assert (shown.kind, shown.data) == ("text", "<script>x</script>")


def test_image_folder(tmp_path):
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    (folder / "more" / "a.png").write_bytes(PNG)
    (tmp_path / "secret.png").write_bytes(PNG)
    (folder / "link.png").symlink_to(tmp_path / "secret.png")
    show = ImageFolder(folder)
    assert Presenter(show)(["more/a.png"], 0).data == PNG
    outside = ["../secret.png", str(tmp_path / "secret.png"), "link.png"]
    outside += ["more/../../secret.png", "../photos2/a.png"]
    for path in outside:
        with pytest.raises(ValueError, match="outside of the image folder"):
            show(path)


def test_other_files_are_no_images(tmp_path):
    (tmp_path / "page.html").write_text("<script>")
    with pytest.raises(ValueError, match="not an image"):
        Presenter(ImageFolder(tmp_path))(["page.html"], 0)


def test_row_out_of_range():
    with pytest.raises(IndexError, match="row 2 is out of range for 2 rows"):
        Presenter(["a", "b"])(np.zeros((3, 1)), 2)
