/**
 * How Streamlit mounts a component.
 *
 * Streamlit calls the default export of a component at mount and whenever its data or the theme change. The
 * returned function runs at unmount.
 */

/**
 * What Streamlit passes to a component.
 *
 * @template Data
 * @typedef {object} Streamlit
 * @property {ShadowRoot | HTMLElement} parentElement
 * @property {Data} data
 * @property {(name: string, value: any) => void} setStateValue
 * @property {(name: string, value: any) => void} setTriggerValue
 */

/**
 * @template Data
 * @typedef {object} View what a component draws
 * @property {(data: Data) => void} update called at mount and with each change of the data
 * @property {() => void} [destroy] called at unmount
 */

/**
 * Keep one view per mounted component.
 *
 * @template Data
 * @param {(host: Streamlit<Data>) => View<Data>} create called once per mount; the host's setters stay valid
 * @returns {(streamlit: Streamlit<Data>) => () => void} the default export of a component
 */
export function mountable(create) {
  /** @type {WeakMap<object, {view: View<Data>, latest: Streamlit<Data>}>} */
  const mounted = new WeakMap();
  return (streamlit) => {
    const { parentElement } = streamlit;
    const known = mounted.get(parentElement);
    if (known) {
      known.latest = streamlit;
      known.view.update(streamlit.data);
    } else {
      const host = {
        parentElement,
        data: streamlit.data,
        setStateValue: (/** @type {string} */ name, /** @type {any} */ value) =>
          entry.latest.setStateValue(name, value),
        setTriggerValue: (/** @type {string} */ name, /** @type {any} */ value) =>
          entry.latest.setTriggerValue(name, value),
      };
      const entry = { view: /** @type {View<Data>} */ ({ update() {} }), latest: streamlit };
      entry.view = create(host);
      mounted.set(parentElement, entry);
      entry.view.update(streamlit.data);
    }
    return () => {
      mounted.get(parentElement)?.view.destroy?.();
      mounted.delete(parentElement);
    };
  };
}
