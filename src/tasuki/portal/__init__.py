"""Pages for residents, as the state's portal would show them; fictitious, without a database, and knowing no town."""
