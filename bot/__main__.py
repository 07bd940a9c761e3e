"""`python -m bot` is `concordat`."""

import sys

from bot.cli import main

sys.exit(main())
