"""Accounts: who may use this town's screens, who asked for it, and the yearly round."""
