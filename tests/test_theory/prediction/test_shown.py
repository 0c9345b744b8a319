"""What a notebook and a debugger show of a prediction."""

from html.parser import HTMLParser

import pytest

from theory.prediction.prediction import predict


class _Text(HTMLParser):
    """The words of a page, and which tags were opened and not closed."""

    def __init__(self, page):
        super().__init__()
        self.words, self.open = [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        if tag != "br":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words.append(data.strip())


@pytest.fixture(scope="module")
def record():
    return predict(n=400, N=300, d=200, eta=[0.1, 1.0])


def test_repr_of_a_prediction_is_a_line(record):
    assert len(repr(record)) < 300
    assert "n = 400" in repr(record)
    assert "quantities" in repr(record)
    assert "SignalNoise" not in repr(record)


def test_a_notebook_shows_every_quantity_with_its_value_meaning_and_flag(record):
    page = _Text(record._repr_html_())
    assert page.open == []
    for quantity in record:
        label = f"{quantity.name} ({quantity.features})" if quantity.features else quantity.name
        assert label in page.words
        assert f"{quantity.meaning} ({quantity.equation})" in " ".join(" ".join(page.words).split())
        assert quantity.flag is None or all(reason in page.words for reason in quantity.flag.split("; "))
    assert "0.824 ± 0.015" in page.words
    assert {"eta = 0.1", "eta = 1"} <= set(page.words)


def test_names_of_functions_are_escaped_in_a_notebook():
    from theory.functions.activations import from_tree

    student = from_tree(("call", "tanh", ("z",)), name="expr:<b>tanh(z)")
    assert "<b>" not in predict(n=100, N=100, d=100, student=student)._repr_html_()


def test_a_quantity_is_its_number_and_says_itself(record):
    ratio = record["sign_norm_ratio"]
    assert float(ratio) == ratio.value
    assert len(repr(ratio)) < 100
    assert "sign_norm_ratio" in repr(ratio)
    assert "0.824 " in repr(ratio)
    assert ratio.meaning in str(ratio)
    assert ratio.equation in str(ratio)
    assert ratio.meaning in " ".join(_Text(ratio._repr_html_()).words)
    flagged = next(quantity for quantity in record if quantity.flag)
    assert flagged.flag in str(flagged)
    assert "flagged" in repr(flagged)
    assert "flagged" not in repr(ratio)
    assert "at eta = 0.1" in repr(record["top_singular_value", 0.1])
