"""Long work (時間のかかる処理): asked for, shown while it runs, cancelled, found again."""
