"""What the runner does when something goes wrong. How to run them: interop/README.md, "The runner"."""
