"""How words reach people: each channel delivers a message once, or says how it failed."""
