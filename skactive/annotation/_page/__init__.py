"""The labelling page; layer 6.

Starlette and uvicorn, from the extra ``label``, are imported when a page is served.
"""

from skactive.annotation._page._content import HTML, ImageFolder
from skactive.annotation._page._server import ServerHandle, serve

__all__ = ["HTML", "ImageFolder", "ServerHandle", "serve"]
