"""How a measurement reads in a digest: whatever it depends on, through the helpers that it calls."""

from support.both_catalogues import claims_of

from verify.session.wording import wording


def twice(readings):
    return HELD * readings.value("a")


HELD = 2.0


def test_a_measurement_that_differs_in_an_observable_or_a_factor_reads_differently():
    """Names of variables alone would not tell these apart."""
    laws = [
        lambda r: r.value("test_loss[paper]") - 2 * r.value("sim"),
        lambda r: r.value("holdout_loss[released]") - 2 * r.value("sim"),
        lambda r: r.value("test_loss[paper]") - 5 * r.value("sim"),
        lambda r: 2 * r.value("sim") - r.value("test_loss[paper]"),
        twice,
    ]
    assert len({wording(law) for law in laws}) == len(laws)
    first, second = (lambda r: r.value("x")), (lambda r: r.value("y"))
    assert wording(first) != wording(second)
    assert wording(laws[0]) == wording(lambda r: r.value("test_loss[paper]") - 2 * r.value("sim"))


def test_a_measurement_is_read_through_the_helpers_that_it_calls():
    claims = {claim.id: claim for claim in claims_of("quick")}
    text = wording(claims["S4.1d.begins.test.released"].measure)
    assert "change_of(" in text
    assert "at 0x" not in "".join(wording(c.measure) for c in claims.values() if c.measure)
