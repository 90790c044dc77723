"""What the benchmark of the canvas runs within the page: it reads pixels and clocks, and sets nothing."""

PROBE = """(review) => {
  const canvas = review.querySelector(".stage canvas");
  const context = canvas.getContext("2d");
  const probe = { watched: null, saved: null };
  window.seepProbe = probe;

  let long = [];
  const note = (list) => void long.push(...list.getEntries().map((one) => one.duration));
  new PerformanceObserver(note).observe({ type: "longtask" });
  probe.longTasks = () => {
    const found = long;
    long = [];
    return found;
  };

  let gaps = [];
  let last = 0;
  const tick = (now) => {
    if (last) gaps.push(now - last);
    last = now;
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
  probe.frames = () => {
    const found = gaps;
    gaps = [];
    return found;
  };

  // From an event's own time to the end of the frame in which a pixel of the canvas is another.
  probe.watch = (x, y, event) => {
    const box = canvas.getBoundingClientRect();
    const ratio = canvas.width / box.width;
    const place = [Math.round((x - box.left) * ratio) - 2, Math.round((y - box.top) * ratio) - 2];
    const read = () => context.getImageData(...place, 5, 5).data.join();
    const before = read();
    let begun = null;
    window.addEventListener(event, (one) => void (begun = one.timeStamp), { capture: true, once: true });
    probe.watched = new Promise((resolve, reject) => {
      const until = performance.now() + 10000;
      const look = () => {
        if (begun !== null && read() !== before) resolve(performance.now() - begun);
        else if (performance.now() > until) reject(new Error("nothing changed at " + place));
        else requestAnimationFrame(() => setTimeout(look));
      };
      look();
    });
    probe.watched.catch(() => {});
  };

  // From the key to the moment that the page says the server has it.
  probe.save = () => {
    probe.saved = new Promise((resolve) => {
      let begun = null;
      window.addEventListener("keydown", (one) => void (begun ??= one.timeStamp), { capture: true });
      const observer = new MutationObserver(() => {
        if (begun === null || review.dataset.saved !== "clean") return;
        observer.disconnect();
        resolve(performance.now() - begun);
      });
      observer.observe(review, { attributes: true, attributeFilter: ["data-saved"] });
    });
  };
}"""
