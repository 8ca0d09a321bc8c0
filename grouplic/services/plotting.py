"""From figures to points: what a page and a PDF draw alike."""

_BINS = 10


def score_bins(scores: dict[int, int]) -> list[tuple[str, int]]:
    """Return how many scores fall into each tenth, labeled such as 80–89; 100 is with the last."""
    bins = [0] * _BINS
    for score, times in scores.items():
        bins[min(_BINS - 1, score // _BINS)] += times
    labels = [f"{10 * place}–{10 * place + 9}" for place in range(_BINS - 1)]
    return list(zip([*labels, "90–100"], bins, strict=True))


def cumulated(days: list[int], learners: int) -> list[tuple[int, float]]:
    """Return the share of ``learners`` that had finished by so many days, from day 0 on."""
    if not days or not learners:
        return []
    points: dict[int, float] = {0: 0.0}
    for finished, day in enumerate(sorted(days), start=1):
        points[day] = finished / learners
    return sorted(points.items())
