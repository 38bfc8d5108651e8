"""Letters and lists as PDF (通知書・帳票): templates, pages, embedded fonts."""
