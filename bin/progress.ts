// Owns telling a person how far long work is: one moving line on a terminal, a plain line now and then elsewhere.
import type { Language, Text } from '../core/text.ts';

const barWidth = 24;
const plainEvery = 5_000;

export class Progress {
  readonly #label: Text;
  readonly #unit: Text;
  readonly #language: Language;
  readonly #stream: NodeJS.WriteStream;
  readonly #started = performance.now();
  #lastShown = Number.NEGATIVE_INFINITY;

  constructor(label: Text, unit: Text, language: Language, stream: NodeJS.WriteStream = process.stderr) {
    this.#label = label;
    this.#unit = unit;
    this.#language = language;
    this.#stream = stream;
  }

  update(done: number, total: number): void {
    // On a terminal the line moves; elsewhere the end is told once, by finish.
    if (done >= total && !this.#stream.isTTY) return;
    const now = performance.now();
    if (now - this.#lastShown < (this.#stream.isTTY ? 100 : plainEvery)) return;
    this.#lastShown = now;
    this.#show(done, total, this.#stream.isTTY ? '' : '\n');
  }

  /** Takes the line away, for work whose result follows at once. */
  clear(): void {
    if (this.#stream.isTTY) this.#stream.write('\r\x1b[2K');
  }

  finish(done: number): void {
    this.#show(done, done, '\n');
  }

  #show(done: number, total: number, end: string): void {
    const seconds = (performance.now() - this.#started) / 1_000;
    const rate = done / Math.max(seconds, 0.001);
    const share = total === 0 ? 1 : Math.min(1, done / total);
    const filled = Math.round(share * barWidth);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(barWidth - filled)}`;
    const count = (value: number) => Math.round(value).toLocaleString('en-US');
    const chinese = this.#language === 'zh';
    const left =
      share < 1
        ? `${chinese ? '剩余' : 'left'} ${duration((total - done) / Math.max(rate, 0.1))}`
        : `${chinese ? '用时' : 'took'} ${duration(seconds)}`;
    const line = `${this.#label[this.#language]}  ${bar} ${(share * 100).toFixed(0).padStart(3)}%  ${count(done)} ${this.#unit[this.#language]}  ${count(rate)}/s  ${left}`;
    this.#stream.write(this.#stream.isTTY ? `\r\x1b[2K${line}${end}` : `${line}\n`);
  }
}

function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}
