"""Days and times of day in a text, each with its place among their own words."""

from bot.reading.moments.when import read_when, take_when

__all__ = ["read_when", "take_when"]
