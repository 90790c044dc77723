"""The wheel: the package, with the app, its pages and the weights copied into it; see pyproject.toml.

Streamlit wants app.py and pages/ side by side, and a checkout keeps them at its root.
"""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

COPIED = {
    "seep/app": ["app.py"],
    "seep/app/pages": sorted(map(str, Path("pages").glob("*.py"))),
    "seep/app/docs": sorted(map(str, Path("docs").glob("*.md"))),
    "seep/app/docs/guide": sorted(map(str, Path("docs/guide").glob("*.md"))),
    "seep/app/.streamlit": [".streamlit/config.toml"],
    "seep/models": sorted(map(str, Path("models").iterdir())),
}


class BuildWithApp(build_py):
    """Copy the files of the root into the package."""

    def run(self) -> None:
        """Build the package, then copy."""
        super().run()
        for folder, files in COPIED.items():
            target = Path(self.build_lib, folder)
            self.mkpath(str(target))
            for file in files:
                self.copy_file(file, str(target / Path(file).name))


setup(cmdclass={"build_py": BuildWithApp})
