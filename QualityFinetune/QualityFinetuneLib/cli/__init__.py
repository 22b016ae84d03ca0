"""The command line, one group a step, the same words as the panels."""
