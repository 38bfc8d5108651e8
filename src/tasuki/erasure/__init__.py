"""What is kept how long, and how it goes: requested, approved by two others, deleted everywhere, and proven (消去)."""
