/** A binary min-heap of integers with numeric keys, on typed arrays that grow. */
export class Heap {
  constructor(room = 4096) {
    this.keys = new Float32Array(room);
    this.items = new Int32Array(room);
    this.size = 0;
  }

  clear() {
    this.size = 0;
  }

  /** @param {number} key @param {number} item */
  push(key, item) {
    if (this.size === this.items.length) this.grow();
    const { keys, items } = this;
    let at = this.size;
    this.size += 1;
    while (at > 0) {
      const up = (at - 1) >> 1;
      if (keys[up] <= key) break;
      keys[at] = keys[up];
      items[at] = items[up];
      at = up;
    }
    keys[at] = key;
    items[at] = item;
  }

  /** @returns {number} removes and returns the item with the least key; -1 if empty */
  pop() {
    if (!this.size) return -1;
    const { keys, items } = this;
    const first = items[0];
    this.size -= 1;
    const [key, item] = [keys[this.size], items[this.size]];
    let at = 0;
    for (;;) {
      let down = 2 * at + 1;
      if (down >= this.size) break;
      if (down + 1 < this.size && keys[down + 1] < keys[down]) down += 1;
      if (keys[down] >= key) break;
      keys[at] = keys[down];
      items[at] = items[down];
      at = down;
    }
    keys[at] = key;
    items[at] = item;
    return first;
  }

  grow() {
    const keys = new Float32Array(2 * this.keys.length);
    const items = new Int32Array(2 * this.items.length);
    keys.set(this.keys);
    items.set(this.items);
    [this.keys, this.items] = [keys, items];
  }
}
