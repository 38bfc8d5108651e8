"""The change over from a predecessor's system: an export that is rehearsed in a sealed copy, then loaded by a plan."""
