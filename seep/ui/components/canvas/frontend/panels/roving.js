/** One stop of the Tab key for a whole list: inside, the arrow keys go from row to row. */

const FIRST = "> button:first-child";

/**
 * @param {HTMLElement} list each row's first button is a stop, made with a tabIndex of -1
 * @returns {() => void} to be called when rows or the current one changed
 */
export function rovingTabIndex(list) {
  const stops = () => /** @type {HTMLElement[]} */ ([...list.querySelectorAll(`li ${FIRST}`)]);
  const stop = (/** @type {HTMLElement | undefined} */ chosen) => {
    for (const one of list.querySelectorAll('button[tabindex="0"]')) {
      /** @type {HTMLElement} */ (one).tabIndex = -1;
    }
    if (chosen) chosen.tabIndex = 0;
  };
  list.addEventListener("keydown", (event) => {
    const all = stops();
    const at = all.findIndex((one) => one.parentElement?.contains(/** @type {Node} */ (event.target)));
    const steps = /** @type {Record<string, number>} */ ({
      ArrowUp: at - 1,
      ArrowDown: at + 1,
      Home: 0,
      End: all.length - 1,
    });
    const to = event.target instanceof HTMLSelectElement ? undefined : all[steps[event.key]];
    if (!to) return;
    event.preventDefault();
    event.stopPropagation();
    stop(to);
    to.focus();
  });
  list.addEventListener("focusin", (event) => {
    const row = /** @type {HTMLElement} */ (event.target).closest("li");
    stop(/** @type {HTMLElement | undefined} */ (row?.querySelector(`:scope ${FIRST}`) ?? undefined));
  });
  return () => {
    if (list.querySelector(":focus")) return;
    stop(
      /** @type {HTMLElement | undefined} */ (
        list.querySelector(`li[aria-current="true"] ${FIRST}`) ?? stops()[0]
      ),
    );
  };
}
