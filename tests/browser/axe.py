"""Accessibility of a page by axe-core: violations of WCAG 2 A and AA and of best practice, in the page as it is."""

from dataclasses import dataclass

from playwright.sync_api import Page

from seep_testing.live import ROOT

SCRIPT = ROOT / "node_modules" / "axe-core" / "axe.min.js"
GRAVE = ("serious", "critical")
ALWAYS = ("heading-order", "label-content-name-mismatch")
"""Rules that count at any impact; axe runs the second one only on request."""

_RUN = """async (rules) => {
  const options = { resultTypes: ["violations"], rules };
  const { violations } = await axe.run(document, options);
  return violations.flatMap(({ id, impact, nodes }) => nodes.map((node) => ({
    rule: id,
    impact: node.impact ?? impact,
    target: node.target.flat().join(" "),
    reason: node.any.concat(node.all, node.none).map((check) => check.message).join("; "),
  })));
}"""


@dataclass(frozen=True)
class Violation:
    """One element that breaks one rule.

    Attributes:
        rule: name of axe's rule, such as "color-contrast".
        impact: minor, moderate, serious or critical.
        target: CSS selector of the element.
        reason: what axe found, such as the measured contrast.
    """

    rule: str
    impact: str
    target: str
    reason: str


def violations(page: Page) -> list[Violation]:
    """Run axe on the page and its open shadow roots.

    Raises:
        AssertionError: axe-core is not installed; `npm ci` installs it.
    """
    assert SCRIPT.exists(), f"{SCRIPT} is missing. Run npm ci."
    if not page.evaluate("'axe' in window"):
        page.evaluate(SCRIPT.read_text(encoding="utf-8"))
    return [Violation(**one) for one in page.evaluate(_RUN, {rule: {"enabled": True} for rule in ALWAYS})]


def grave(page: Page) -> list[str]:
    """Return the serious and critical violations and those of `ALWAYS`, one line each."""
    found = [one for one in violations(page) if one.impact in GRAVE or one.rule in ALWAYS]
    return [f"{one.rule} ({one.impact}): {one.target}: {one.reason}" for one in found]
