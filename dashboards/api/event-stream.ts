// Owns the streams of server-sent events to pages: what a page missed while it was away, and what one gets that does not keep up.
import type { Response } from 'express';
import { Fault } from '../../core/fault.ts';

/** Five minutes at a frame a second. */
const mostKept = 300;
/** Who missed more gets so many, evenly apart, and the newest. */
const mostMissed = 60;
const mostPages = 200;
/** What a page has not read yet; beyond it, it misses frames, not memory: each frame is whole. */
const mostUnread = 262_144;
const beatEvery = 15_000;
/** A page that reads nothing for so many beats is gone, whatever its connection says. */
const mostSilentBeats = 4;

type Page = { response: Response; stillMay: () => boolean; behind: boolean; silentBeats: number };
type Kept = { id: number; text: string };

export class EventStream {
  readonly #kept: Kept[] = [];
  readonly #pages = new Set<Page>();
  readonly #timer: NodeJS.Timeout;
  #last = 0;
  /** Frames since anybody was there. */
  #alone = 0;

  constructor(every = beatEvery) {
    this.#timer = setInterval(() => this.#beat(), every);
    this.#timer.unref();
  }

  /** Whether anybody is there, or may come back for what he missed. */
  get isFollowed(): boolean {
    return this.#pages.size > 0 || this.#kept.length > 0;
  }

  /** Ids rise also when the clock is set back, and over a restart. */
  push(name: string, now: number, data: unknown): void {
    this.#last = Math.max(now, this.#last + 1);
    const kept = { id: this.#last, text: `event: ${name}\nid: ${this.#last}\ndata: ${JSON.stringify(data)}\n\n` };
    this.#kept.push(kept);
    if (this.#kept.length > mostKept) this.#kept.shift();
    this.#alone = this.#pages.size === 0 ? this.#alone + 1 : 0;
    if (this.#alone > mostKept) this.#kept.length = 0; // whoever was there does not come back for it
    for (const page of this.#pages) this.#send(page, kept.text);
  }

  /** `lastId` is the last that the page had, as it says itself. */
  open(response: Response, lastId: string | undefined, stillMay: () => boolean): void {
    if (this.#pages.size >= mostPages)
      throw new Fault('streams_full', {
        zh: `实时页面已达 ${mostPages} 个：先关闭不用的`,
        en: `${mostPages} live pages are open: close those that nobody looks at`,
      });
    response.set({ 'Content-Type': 'text/event-stream', 'Cache-Control': 'no-store', 'X-Accel-Buffering': 'no' });
    response.flushHeaders();
    response.write(`retry: 1000\n\n${this.#missedSince(lastId).join('')}`);
    const page = { response, stillMay, behind: false, silentBeats: 0 };
    this.#pages.add(page);
    response.on('close', () => this.#pages.delete(page));
  }

  close(): void {
    clearInterval(this.#timer);
    for (const { response } of this.#pages) response.end();
  }

  get pages(): number {
    return this.#pages.size;
  }

  /** A page that was never here, or that names what nobody remembers, begins with the newest. */
  #missedSince(lastId: string | undefined): string[] {
    const newest = this.#kept.at(-1);
    if (newest === undefined) return [];
    const id = lastId !== undefined && /^\d{1,15}$/.test(lastId) ? Number(lastId) : undefined;
    if (id === undefined || id > newest.id) return [newest.text];
    const missed = this.#kept.filter((one) => one.id > id);
    if (missed.length <= mostMissed) return missed.map(({ text }) => text);
    const step = missed.length / mostMissed;
    return Array.from({ length: mostMissed }, (_, n) => missed[Math.ceil((n + 1) * step) - 1]?.text ?? '');
  }

  #send(page: Page, text: string): void {
    if (page.behind) return;
    if (page.response.write(text) || page.response.writableLength < mostUnread) return;
    page.behind = true;
    // As soon as it has read what it was sent, it gets the newest, and nothing of what lies between.
    page.response.once('drain', () => {
      page.behind = false;
      const newest = this.#kept.at(-1);
      if (newest !== undefined && this.#pages.has(page)) this.#send(page, newest.text);
    });
  }

  #beat(): void {
    for (const page of this.#pages) {
      page.silentBeats = page.behind ? page.silentBeats + 1 : 0;
      if (page.silentBeats >= mostSilentBeats) page.response.destroy();
      else if (!page.stillMay()) page.response.end();
      else if (!page.behind) page.response.write(':\n\n');
    }
  }
}
