"""Servers, for this machine only: a published map needs none."""
