"""Times and durations as people say them."""

from datetime import datetime, timedelta

from grouplic.ui.money import show_date, show_percent


def show_ago(moment: datetime | None, now: datetime) -> str:
    """Return how long ago it was, such as 2 h ago or 9 days ago; the day, past two months."""
    if moment is None:
        return "–"
    passed = now - moment
    if passed < timedelta(minutes=1):
        return "now"
    if passed < timedelta(hours=1):
        return f"{int(passed.total_seconds() // 60)} min ago"
    if passed < timedelta(days=1):
        return f"{int(passed.total_seconds() // 3600)} h ago"
    if passed < timedelta(days=2):
        return "yesterday"
    return f"{passed.days} days ago" if passed.days <= 60 else show_date(moment)


def show_time(seconds: int) -> str:
    """Return a duration, such as 34 min or 2 h 5 min; a dash for none."""
    if seconds <= 0:
        return "–"
    hours, minutes = divmod(max(1, round(seconds / 60)), 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min"


def show_score(score: int | None) -> str:
    """Return a score, such as 84%; a dash for none."""
    return "–" if score is None else show_percent(score)
