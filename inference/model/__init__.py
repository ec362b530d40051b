"""Find, check, load and export models: the one place that loads one."""
