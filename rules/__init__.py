"""The core: frozen values in, decisions out. No I/O, no clock, no randomness; imports nothing else of ours."""
