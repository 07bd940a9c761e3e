"""The steward's care for production data that breaks a contract."""
