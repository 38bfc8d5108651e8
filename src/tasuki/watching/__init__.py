"""Who looked at whom, and whether that was right (アクセス記録・監視): records, rules, alerts, review."""
