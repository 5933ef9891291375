"""Labelling by people: campaigns that are stored on disk and last for days."""

from skactive.annotation._campaign import Campaign
from skactive.annotation._page import HTML, ImageFolder
from skactive.annotation._records import Task

__all__ = ["HTML", "Campaign", "ImageFolder", "Task"]
