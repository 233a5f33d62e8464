// Owns sets of whole numbers as closed ranges: which batches of a gateway are in, at the cost of one range when none is missing.
export type Range = [from: number, to: number];

export class RangeSet {
  readonly ranges: Range[] = [];

  has(value: number): boolean {
    const range = this.ranges[this.#indexAtOrBefore(value)];
    return range !== undefined && value <= range[1];
  }

  add(value: number): void {
    this.addRange([value, value]);
  }

  addRange([from, to]: Range): void {
    let first = this.#indexAtOrBefore(from - 1);
    if (first < 0 || (this.ranges[first] as Range)[1] < from - 1) first++;
    let last = first;
    let merged: Range = [from, to];
    for (; last < this.ranges.length; last++) {
      const [low, high] = this.ranges[last] as Range;
      if (low > to + 1) break;
      merged = [Math.min(merged[0], low), Math.max(merged[1], high)];
    }
    this.ranges.splice(first, last - first, merged);
  }

  /** The newest range that starts at or before the value; gateways count upwards, so the search begins at the end. */
  #indexAtOrBefore(value: number): number {
    let index = this.ranges.length - 1;
    while (index >= 0 && (this.ranges[index] as Range)[0] > value) index--;
    return index;
  }
}
