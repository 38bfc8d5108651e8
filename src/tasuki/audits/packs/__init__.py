"""The evidence pack for an inspection (検査用の証拠一式): what may be in one, how it is written, how it is verified."""
