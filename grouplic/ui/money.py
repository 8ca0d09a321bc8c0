"""Money and dates as people read them."""

from grouplic.services.wording import show_date, show_money, show_seats, show_term

__all__ = ["show_date", "show_money", "show_seats", "show_term"]
