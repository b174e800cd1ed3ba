"""The search: generations, archive, indicators, stopping, polish, evidence of quality."""
