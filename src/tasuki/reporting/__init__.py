"""The national report and the indicators of quality (事業報告・精度管理), from frozen snapshots."""
