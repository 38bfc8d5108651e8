"""Whether running nodes keep the law, tried from outside: scenarios, who plays them, and the report."""
