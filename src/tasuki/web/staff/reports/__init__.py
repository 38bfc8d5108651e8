"""Reports (事業報告・精度管理): frozen years, the national table, indicators, trends, the people behind a count."""
