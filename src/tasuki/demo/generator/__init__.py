"""Deterministic fictitious towns as real files."""

from tasuki.demo.generator.generate import generate
from tasuki.demo.generator.manifest import Manifest, read_manifest
from tasuki.demo.generator.towns import TownSize

__all__ = ["Manifest", "TownSize", "generate", "read_manifest"]
