"""Write every generated document: glossary, specifications, OpenAPI, faults, safeguards, security, who may do what.

python scripts/docs.py            writes them
python scripts/docs.py --check    fails when one of them is not what its source says
"""

import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import access_table
import asvs_page
import eligibility_spec
import exchange_spec
import faults_table
import fhir_spec
import matching_spec
import openapi
import safeguards_page
import tables
import town_openapi

SOURCE = openapi.ROOT / "docs" / "glossary.toml"
HEAD = """# Glossary (用語集)

Generated from `glossary.toml`; do not edit. One word for each thing: the Japanese term, the identifier that stands for
it in the code, and words that are not used for it.
"""
COLUMNS = ("用語", "よみ", "identifier", "not", "意味", "出典")


def glossary(terms: Sequence[dict[str, Any]]) -> str:
    """Return the glossary page: one table for each context, terms in the order of their reading."""
    contexts = sorted({term["context"] for term in terms})
    return "\n".join([HEAD, *(_section(name, [t for t in terms if t["context"] == name]) for name in contexts)])


def _section(context: str, terms: Sequence[dict[str, Any]]) -> str:
    cells = []
    for term in sorted(terms, key=lambda one: (one["kana"], one["en"])):
        never = ", ".join(f"`{word}`" for word in term["not"])
        cells.append([term["ja"], term["kana"], f"`{term['en']}`", never, term["meaning"], term["source"]])
    return f"## {context}\n\n{tables.rows(COLUMNS, cells)}"


def documents() -> dict[Path, str]:
    """Return the text of every generated document by its path."""
    terms = tomllib.loads(SOURCE.read_text("utf-8"))["term"]
    # The descriptions of interfaces set Django up, which the others need.
    interfaces = openapi.documents()
    return {
        SOURCE.with_suffix(".md"): glossary(terms),
        **interfaces,
        **town_openapi.documents(),
        **eligibility_spec.documents(),
        **exchange_spec.documents(),
        **faults_table.documents(),
        **fhir_spec.documents(),
        **matching_spec.documents(),
        **safeguards_page.documents(),
        **asvs_page.documents(),
        **access_table.documents(),
    }


if __name__ == "__main__":
    sys.exit(openapi.settle(documents(), check="--check" in sys.argv[1:]))
