"""Labels from people: campaigns that last for days, and are on disk."""

from skactive.annotation._campaign import Campaign
from skactive.annotation._page import HTML, ImageFolder
from skactive.annotation._records import Task

__all__ = ["HTML", "Campaign", "ImageFolder", "Task"]
