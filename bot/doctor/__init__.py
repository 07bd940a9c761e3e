"""`concordat doctor`: what is wrong with the settings, the database, the clock, the App and the channels."""
