"""Labels from people: campaigns that last for days, and are on disk."""

from skactive.annotation._campaign import Campaign
from skactive.annotation._records import Task

__all__ = ["Campaign", "Task"]
