"""`python -m bot.settings env|docs` prints what is made from the table of settings."""

from __future__ import annotations

import sys

from bot.settings.pages import environment_file, table_page

if __name__ == "__main__":
    sys.stdout.write({"env": environment_file, "docs": table_page}[sys.argv[1]]())
