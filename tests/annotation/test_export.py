import csv
import sys

import pytest


@pytest.fixture
def campaign(opened):
    campaign = opened(overlap=2, ids=[f"r{i:03}" for i in range(200)])
    for name, shift in ("ann", 0), ("bob", 1):
        for k, task in enumerate(campaign.ask(name, 4)):
            campaign.tell(task.id, "abcde"[k + shift * (k == 0)], name)
    return campaign


def test_long_and_wide_and_one_label_a_row(campaign):
    pd = pytest.importorskip("pandas")
    long = campaign.labels()
    assert len(long) == 8
    assert str(long["time"].dtype).startswith("datetime64[ns, UTC")
    wide = campaign.labels("wide")
    assert sorted(wide.columns) == ["ann", "bob"]
    assert (wide["ann"] != wide["bob"]).sum() == 1
    (id,) = campaign.disagreements()
    assert campaign.disagreements() == {id: {"ann": "a", "bob": "b"}}
    one = campaign.labels("consensus").set_index("id")
    assert one.loc[id].tolist() == [int(id[1:]), "a", 0.5, 2]
    assert (one.drop(id)["share"] == 1).all()
    assert isinstance(one, pd.DataFrame)
    with pytest.raises(ValueError, match="'long', 'wide' or 'consensus'"):
        campaign.labels("broad")


def test_csv(campaign, tmp_path):
    campaign.to_csv(tmp_path / "labels.csv")
    with open(tmp_path / "labels.csv", newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["id", "row", "label", "annotator", "time"]
    assert [row[:4] for row in rows] == [
        [id, str(row), label, name]
        for id, row, label, name in campaign.labels()
        .iloc[:, :4]
        .itertuples(index=False)
    ]


def test_parquet(campaign, tmp_path, X):
    pd = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    campaign.add(X[:1] + 1, ids=[7], y=["a"])  # ids of two types
    campaign.to_parquet(tmp_path / "labels.parquet")
    back = pd.read_parquet(tmp_path / "labels.parquet")
    expected = campaign.labels().astype({"id": str})
    assert back["id"].tolist() == expected["id"].tolist()
    assert back["label"].tolist() == expected["label"].tolist()
    assert (back["time"] == expected["time"]).all()


def test_what_is_not_installed_is_named(campaign, tmp_path, monkeypatch):
    pytest.importorskip("pandas")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ImportError, match="pip install pyarrow"):
        campaign.to_parquet(tmp_path / "labels.parquet")
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ImportError, match="pip install pandas"):
        campaign.labels()
    campaign.to_csv(tmp_path / "labels.csv")
    assert len(campaign.history()) == 8
