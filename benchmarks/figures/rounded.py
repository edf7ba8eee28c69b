"""Answers without the digits in which two machines may differ, for a reference that is kept."""

from collections.abc import Mapping
from typing import Any

NARROW = 1e-5  # float32: vectorised functions differ between processors in the last bits
NEAR = 1e-9


def rounded(answer: Mapping[str, Any]) -> Any:
    """Return the text of an error, or numbers to ten digits and what is said of them."""
    if "error" in answer:
        return answer["error"]
    if "together" in answer:
        return [rounded(each) for each in answer["together"]]
    said = answer["said"]
    counts = [said[name] for name in ("items", "ignored", "omitted")]
    gradients = answer.get("gradients", {}).values()
    return [
        _number(answer["value"]),
        [f"{float.fromhex(each['near'][0]):.10e}" for each in gradients],
        counts,
        said["input"]["kind"],
        said["notes"],
    ]


def _number(value: Any) -> str:
    return f"{float.fromhex(value if isinstance(value, str) else value['near'][0]):.10e}"


def differences(was: Any, answer: Mapping[str, Any]) -> list[str]:
    """Return what is not near what it was."""
    now = rounded(answer)
    if "together" in answer:
        pairs = zip(was, answer["together"], strict=True)
        return [found for one, each in pairs for found in differences(one, each)]
    if isinstance(now, str) or isinstance(was, str):
        return [] if now == was else [f"was {was}, is {now}"]
    gradients = answer.get("gradients", {})
    narrow = any("float32" in each["type"] for each in gradients.values()) or not gradients
    near = NARROW if narrow else NEAR
    found = []
    if not _close(was[0], now[0], near, abs(float(now[0]))):
        found.append(f"the value was {was[0]}, is {now[0]}")
    for name, one, other in zip(gradients, was[1], now[1], strict=True):
        mass = float.fromhex(gradients[name]["near"][1])
        if not _close(one, other, near, mass):
            found.append(f"the gradient of {name} was {one}, is {other}, along a fixed direction")
    if was[2:] != now[2:]:
        found.append(f"was {was[2:]}, is {now[2:]}")
    return found


def _close(one: str, other: str, near: float, mass: float) -> bool:
    if one == other:
        return True
    return abs(float(one) - float(other)) <= near * mass
