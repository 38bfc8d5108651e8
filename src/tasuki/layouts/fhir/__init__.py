"""FHIR documents of municipal screenings (自治体検診結果報告書): R4, after the public national draft guide. Pure."""

from tasuki.layouts.fhir.reading import read_bundle
from tasuki.layouts.fhir.types import Attachment, FhirProblem, ReadDocument, ScreeningDocument, Subject, Writer
from tasuki.layouts.fhir.writing import write_bundle

__all__ = (
    "Attachment",
    "FhirProblem",
    "ReadDocument",
    "ScreeningDocument",
    "Subject",
    "Writer",
    "read_bundle",
    "write_bundle",
)
