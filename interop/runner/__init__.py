"""The interop runner: any peer in any role, and the table of what came of it."""
