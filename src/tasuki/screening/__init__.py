"""The health information system (保健情報システム): residents and their screening results."""
