/**
 * Keeps the canvas within reach while Streamlit has lost the server.
 *
 * Its connection dialog makes all else inert and swallows the first press outside of itself. Review hides that
 * dialog, since painting goes on without the server and the save line says so; here it is closed as well.
 */

const DIALOG = '[data-testid="stDialog"]';

/** @returns {() => void} ends it */
export function closeConnectionDialogs() {
  const close = () => {
    for (const one of document.querySelectorAll(DIALOG)) {
      const hidden = getComputedStyle(one).display === "none";
      const button = /** @type {HTMLElement | null} */ (one.querySelector('button[aria-label="Close"]'));
      if (hidden) button?.click();
    }
  };
  const observer = new MutationObserver(close);
  // Dialogs are put at the end of the body; what is inert is told by an attribute.
  observer.observe(document.body, { childList: true });
  observer.observe(document.documentElement, { subtree: true, attributes: true, attributeFilter: ["inert"] });
  return () => observer.disconnect();
}
