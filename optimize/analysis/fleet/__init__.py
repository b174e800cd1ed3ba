"""From one satellite to 100 GW a year: document, tables and figure."""
