"""Documents and configuration at a revision, from local git or from GitHub, as values.

A source answers two questions about one revision: which paths there are, and what a path holds. Everything above
this room works on the answers, so the command line and the App run the same code.
"""

from bot.sources.gather import gather, load_config, load_partners
from bot.sources.revision import Revision, SourceError, Span

__all__ = ["Revision", "SourceError", "Span", "gather", "load_config", "load_partners"]
