/**
 * Keeps the canvas usable while Streamlit has no connection to the server.
 *
 * Streamlit's connection dialog makes the rest of the page inert. Review hides the dialog, since painting works without
 * the server and the save status shows the failure. This module closes it as well.
 */

const DIALOG = '[data-testid="stDialog"]';

/** @returns {() => void} stops closing dialogs */
export function closeConnectionDialogs() {
  const close = () => {
    for (const one of document.querySelectorAll(DIALOG)) {
      const hidden = getComputedStyle(one).display === "none";
      const button = /** @type {HTMLElement | null} */ (one.querySelector('button[aria-label="Close"]'));
      if (hidden) button?.click();
    }
  };
  const observer = new MutationObserver(close);
  // Dialogs are appended to the body; inert elements have an attribute.
  observer.observe(document.body, { childList: true });
  observer.observe(document.documentElement, { subtree: true, attributes: true, attributeFilter: ["inert"] });
  return () => observer.disconnect();
}
