"""Compile the loops of native/ where there is a compiler, and write the index of lists and pages.

The module needs gcc or clang and NumPy's headers, which are there when pip builds. Where something
is missing, or fails, lossctl is built without: it computes the same in NumPy, and lists and shows
the same from the declarations. A wheel without compiled loops is pure Python.
"""

import os
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

MODULE = "lossctl/kernels/_native.abi3.so"
INDEX = "lossctl/report/index.txt"
LEVELS = {
    "level_v3": ["-march=x86-64-v3"],
    "level_v4": ["-march=x86-64-v4", "-mprefer-vector-width=512"],
}
FLAGS = [
    "-O3",
    "-fPIC",
    "-fvisibility=hidden",
    "-fno-math-errno",
    "-fno-trapping-math",  # what a lane computes and another throws away may overflow
    "-ffp-contract=off",  # a fused multiply-add is written as such: the same bits at every level
    "-DPy_LIMITED_API=0x030b0000",
    "-DNPY_NO_DEPRECATED_API=NPY_1_7_API_VERSION",
    "-DNPY_TARGET_VERSION=NPY_1_23_API_VERSION",
]


class MakeFiles(BuildHookInterface):
    """Put compiled loops and the index into the package; a wheel's tag says what it runs on."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make them before the wheel, or the editable installation, is made."""
        del version
        self._write_index(build_data)
        self._compile(build_data)

    def _write_index(self, build_data: dict[str, Any]) -> None:
        try:
            write_index(Path(self.root))
        except (OSError, subprocess.SubprocessError) as error:
            self.app.display_warning(f"lossctl is built without an index of its lists: {error}")
            return
        build_data["artifacts"].append(INDEX)

    def _compile(self, build_data: dict[str, Any]) -> None:
        module = Path(self.root, MODULE)
        module.unlink(missing_ok=True)  # of an earlier build: it must not get into a pure wheel
        try:
            compile_module(Path(self.root, "native"), module)
        except (OSError, ImportError, subprocess.SubprocessError, NotImplementedError) as error:
            self.app.display_warning(f"lossctl is built without compiled loops: {error}")
            return
        build_data["pure_python"] = False
        place = sysconfig.get_platform().replace("-", "_").replace(".", "_")
        build_data["tag"] = f"cp311-abi3-{place}"
        build_data["artifacts"].append(MODULE)


def write_index(root: Path) -> None:
    """Write the index in a process that has imported nothing else.

    Raises
    ------
    OSError, subprocess.SubprocessError
        When it cannot be written, as where lossctl cannot be imported.
    """
    Path(root, INDEX).unlink(missing_ok=True)
    place = {"PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    run([sys.executable, "-m", "lossctl.report.index_writing"], root, os.environ | place)


def compile_module(sources: Path, module: Path) -> None:
    """Compile the C files of a folder to an extension module.

    Raises
    ------
    NotImplementedError
        When the interpreter or the system is another than those the module is written for.
    OSError, ImportError, subprocess.SubprocessError
        When there is no compiler, there are no headers, or the compiler fails.
    """
    if os.environ.get("LOSSCTL_NATIVE") == "0":
        raise NotImplementedError("LOSSCTL_NATIVE is 0")
    if sys.implementation.name != "cpython" or sysconfig.get_config_var("Py_GIL_DISABLED"):
        raise NotImplementedError("the module is for CPython with its lock")
    if os.name != "posix":
        raise NotImplementedError("the module is built with gcc or clang, on Linux and macOS")
    import numpy as np  # noqa: PLC0415 - a pure build does without

    compiler = os.environ.get("CC") or next(filter(shutil.which, ("cc", "gcc", "clang")), None)
    if compiler is None:
        raise NotImplementedError("there is no C compiler (cc, gcc, clang)")
    includes = [f"-I{sysconfig.get_path('include')}", f"-I{np.get_include()}"]
    levels = {"level_base": [], "module": []}
    if platform.machine() in {"x86_64", "AMD64"}:
        levels |= LEVELS
    with tempfile.TemporaryDirectory() as place:
        objects = []
        for name, flags in levels.items():
            objects.append(str(Path(place, f"{name}.o")))
            what = ["-c", f"{name}.c", "-o", objects[-1]]
            run([*compiler.split(), *FLAGS, *flags, *includes, *what], sources)
        made = Path(place, "module.so")
        mac = sys.platform == "darwin"
        link = ["-bundle", "-undefined", "dynamic_lookup"] if mac else ["-shared", "-s"]
        run([*compiler.split(), *link, *objects, "-lm", "-o", str(made)], sources)
        beside = module.with_suffix(".new")  # a process may run the loops of the file that is there
        shutil.copyfile(made, beside)
        beside.replace(module)


def run(command: list[str], place: Path, environment: Mapping[str, str] | None = None) -> None:
    """Run a command; an error has what it printed."""
    done = subprocess.run(  # noqa: S603
        command, cwd=place, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise subprocess.SubprocessError(f"{' '.join(command)}\n{done.stderr}")
