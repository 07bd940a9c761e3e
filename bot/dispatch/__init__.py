"""Obligations become messages: each sent once, by the first channel that takes it, with what follows from that."""
