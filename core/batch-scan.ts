// Owns the fast way to read a batch: its columns straight from the bytes of a message, without an object for every number.

/** The columns are read over by the next message. */
export type ScannedBatch = {
  gw: string;
  epoch: number;
  seq: number;
  t0: number;
  /** As it stands in the message: messages name the same series again and again. */
  series: string;
  rows: number;
  s: Float64Array;
  t: Float64Array;
  /** NaN where null stood. */
  x: Float64Array;
  q: Float64Array;
};

export const mostScanned = 10_000;

const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1');
const beforeGateway = bytesOf('{"v":1,"gw":"');
const beforeEpoch = bytesOf('","epoch":');
const beforeSeq = bytesOf(',"seq":');
const beforeT0 = bytesOf(',"t0":');
const beforeSeries = bytesOf(',"series":');
const beforeS = bytesOf(',"s":[');
const beforeT = bytesOf(',"t":[');
const beforeX = bytesOf(',"x":[');
const beforeQ = bytesOf(',"q":[');
const endOfSeries = bytesOf('],"s":[');

const [quote, comma, minus, point, zero, bracket, brace] = [0x22, 0x2c, 0x2d, 0x2e, 0x30, 0x5d, 0x7d];
const nothing = bytesOf('null');
/** So many digits are a whole number that is exact, and divided by a power of ten it is the nearest number to what was written. */
const mostDigits = 15;
const powersOfTen = Float64Array.from({ length: mostDigits + 1 }, (_, exponent) => 10 ** exponent);

const [s, t, x, q] = [0, 1, 2, 3].map(() => new Float64Array(mostScanned)) as [
  Float64Array,
  Float64Array,
  Float64Array,
  Float64Array,
];

/** Reads what `encodeBatch` writes, and gives up at the first byte that it would not have written: JSON is read by its own parser. */
export function scanBatch(bytes: Buffer): ScannedBatch | undefined {
  const scan = new Scan(bytes);
  scan.past(beforeGateway);
  const gw = scan.upToQuote();
  scan.past(beforeEpoch);
  const epoch = scan.whole();
  scan.past(beforeSeq);
  const seq = scan.whole();
  scan.past(beforeT0);
  const t0 = scan.whole();
  scan.past(beforeSeries);
  const series = scan.series();
  scan.past(beforeS);
  const rows = scan.wholes(s);
  scan.past(beforeT);
  const times = scan.wholes(t);
  scan.past(beforeX);
  const values = scan.decimals(x);
  scan.past(beforeQ);
  const qualities = scan.wholes(q);
  if (!scan.isAtEnd || times !== rows || values !== rows || qualities !== rows) return undefined;
  return { gw, epoch, seq, t0, series, rows, s, t, x, q };
}

class Scan {
  readonly #bytes: Buffer;
  /** Past the end when something was not as expected: then nothing more is. */
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  #giveUp(): number {
    this.#at = this.#bytes.length + 1;
    return 0;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length - 1 && this.#bytes[this.#at] === brace;
  }

  past(expected: Buffer): void {
    const bytes = this.#bytes;
    let at = this.#at;
    for (let n = 0; n < expected.length; n++) {
      if (bytes[at++] === expected[n]) continue; // in a loop of ours: a call of the library costs more than ten bytes
      this.#giveUp();
      return;
    }
    this.#at = at;
  }

  #text(end: number): string {
    if (end < 0 || this.#at > this.#bytes.length) {
      this.#giveUp();
      return '';
    }
    const text = this.#bytes.toString('latin1', this.#at, end);
    this.#at = end;
    return text;
  }

  upToQuote(): string {
    return this.#text(this.#bytes.indexOf(quote, this.#at));
  }

  /** Within a string the quotes would be escaped: the first such end is the end. */
  series(): string {
    const end = this.#bytes.indexOf(endOfSeries, this.#at);
    return this.#text(end < 0 ? end : end + 1);
  }

  whole(): number {
    const bytes = this.#bytes;
    const start = this.#at;
    let at = start;
    let value = 0;
    for (let digit = (bytes[at] ?? 0) - zero; digit >= 0 && digit <= 9; digit = (bytes[++at] ?? 0) - zero)
      value = value * 10 + digit;
    if (!isNumber(bytes, start, at)) return this.#giveUp();
    this.#at = at;
    return value;
  }

  /** Up to the bracket. Gives how many there were. */
  wholes(into: Float64Array): number {
    const bytes = this.#bytes;
    let at = this.#at;
    for (let count = 0; count < mostScanned; ) {
      const start = at;
      let value = 0;
      for (let digit = (bytes[at] ?? 0) - zero; digit >= 0 && digit <= 9; digit = (bytes[++at] ?? 0) - zero)
        value = value * 10 + digit;
      if (!isNumber(bytes, start, at)) return this.#giveUp();
      into[count++] = value;
      const next = bytes[at++];
      if (next === comma) continue;
      if (next !== bracket) return this.#giveUp();
      this.#at = at;
      return count;
    }
    return this.#giveUp();
  }

  decimals(into: Float64Array): number {
    const bytes = this.#bytes;
    let at = this.#at;
    for (let count = 0; count < mostScanned; ) {
      const isNegative = bytes[at] === minus;
      if (isNegative) at++;
      const start = at;
      let value = 0;
      let digit = (bytes[at] ?? 0) - zero;
      for (; digit >= 0 && digit <= 9; digit = (bytes[++at] ?? 0) - zero) value = value * 10 + digit;
      const digits = at - start;
      if (isNumber(bytes, start, at)) {
        if (bytes[at] === point) {
          const afterPoint = ++at;
          for (digit = (bytes[at] ?? 0) - zero; digit >= 0 && digit <= 9; digit = (bytes[++at] ?? 0) - zero)
            value = value * 10 + digit;
          const decimals = at - afterPoint;
          if (decimals === 0 || digits + decimals > mostDigits) return this.#giveUp();
          value /= powersOfTen[decimals] as number;
        }
        into[count++] = isNegative ? -value : value;
      } else if (
        digits === 0 &&
        !isNegative &&
        bytes.compare(nothing, 0, 4, at, Math.min(at + 4, bytes.length)) === 0
      ) {
        at += 4;
        into[count++] = Number.NaN;
      } else {
        return this.#giveUp();
      }
      const next = bytes[at++];
      if (next === comma) continue;
      if (next !== bracket) return this.#giveUp();
      this.#at = at;
      return count;
    }
    return this.#giveUp();
  }
}

/** JSON has no number without digits, and none that begins with a nought it does not need. */
const isNumber = (bytes: Buffer, start: number, end: number): boolean =>
  end > start && end - start <= mostDigits && (bytes[start] !== zero || end === start + 1);
