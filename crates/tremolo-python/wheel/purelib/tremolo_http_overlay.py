"""Warns where files of the package `tremolo` lie over those of `tremolo-http`.

Both packages are imported by the same name. Whichever is installed later overwrites files of the
other one, `__init__.py` among them: so the warning cannot come from there. The `.pth` file beside
this one loads this module when an interpreter starts, but only if the files are mixed.
"""

import sys
import warnings

TEXT = (
    "files of the package `tremolo` lie among those of `tremolo-http`, and the two do not work "
    "together. Packages that depend on `tremolo` bring it along, unless they are installed with "
    "`pip install --no-deps`. To repair it: `pip uninstall tremolo`, then install "
    "`tremolo-http` again with `--force-reinstall`."
)


class Finder:
    """Finds nothing; it looks at what is imported."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        """Warns once, when the package is imported."""
        if name == "tremolo":
            sys.meta_path.remove(cls)
            warnings.warn(TEXT, RuntimeWarning, stacklevel=2)


sys.meta_path.insert(0, Finder)
