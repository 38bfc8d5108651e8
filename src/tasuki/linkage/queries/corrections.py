"""Answers that the town which gave them corrected or withdrew since."""

from tasuki.linkage.types import CorrectedAnswer
from tasuki.nodes.sql import rows
from tasuki.screening.sight import in_sight

# Asking again settles it: whoever was answered after the correction has what holds now.
_OPEN = """
FROM linkage_correction c JOIN linkage_inquiry i ON i.transaction_number = c.transaction_number
WHERE NOT EXISTS (
  SELECT 1 FROM linkage_inquiry n
  WHERE n.system_person_number = i.system_person_number AND n.provider = i.provider
    AND n.requested_at > c.corrected_at AND c.data_set = ANY(n.data_sets)
    AND n.state IN ('received', 'purged', 'not_screened', 'no_replica'))
"""
_ANSWERS = f"""
SELECT i.transaction_number::text, i.system_person_number, i.provider, coalesce(p.name, i.provider) AS provider_name,
  coalesce(p.name_en, i.provider) AS provider_name_en, c.data_sets, c.is_withdrawn, c.corrected_at, c.heard_at,
  i.adopted_at IS NOT NULL AS is_adopted
FROM (
  SELECT i.transaction_number, array_agg(DISTINCT c.data_set ORDER BY c.data_set) AS data_sets,
    bool_and(c.kind = 'withdrawn') AS is_withdrawn, max(c.corrected_at) AS corrected_at, max(c.heard_at) AS heard_at
  {_OPEN} AND {{sight}} AND (%(person)s::text IS NULL OR i.system_person_number = %(person)s)
  GROUP BY i.transaction_number
) AS c
JOIN linkage_inquiry i ON i.transaction_number = c.transaction_number
LEFT JOIN linkage_provider p ON p.institution = i.provider
ORDER BY c.heard_at, i.transaction_number LIMIT %(limit)s OFFSET %(offset)s
"""  # noqa: S608 -- the condition is a constant


def count_corrected() -> int:
    """Return how many answers were corrected or withdrawn and not asked for again."""
    [row] = rows(f"SELECT count(DISTINCT i.transaction_number) AS n {_OPEN} AND {in_sight('i.system_person_number')}")
    return int(row["n"])


def corrected_answers(person: str | None = None, *, limit: int = 100, offset: int = 0) -> list[CorrectedAnswer]:
    """Return answers that were corrected or withdrawn and not asked for again, whoever was told of first leading."""
    statement = _ANSWERS.format(sight=in_sight("i.system_person_number"))
    found = rows(statement, {"person": person, "limit": limit, "offset": offset})
    return [CorrectedAnswer(**row | {"data_sets": tuple(row["data_sets"])}) for row in found]
