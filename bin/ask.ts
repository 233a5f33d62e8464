// Owns getting an answer from a site's data: from the files, or from the process that holds them.
import type { Period } from '../core/calendar.ts';
import { exitCodes, Fault } from '../core/fault.ts';
import { fromSteps } from '../core/points.ts';
import type { SampleColumns, SeriesKey } from '../core/sample.ts';
import type { LossRecord, Receipts } from '../core/store.ts';
import type { Way } from '../scoring/main.ts';
import type { Score } from '../scoring/score.ts';
import type { Context } from './context.ts';
import { secretOf } from './control.ts';
import { openFiles } from './open-files.ts';
import { whoRuns } from './running.ts';

export type SlotRow = {
  start: number;
  value: number;
  estimated: number;
  covered: number;
  quality: number;
  marks: number;
};
export type SampleRow = { time: number; value: number | null; quality: number };

export type Answers = {
  score(pack: string, year: number, asOf?: number): Promise<Score>;
  way(pack: string, year: number): Promise<Way>;
  slots(key: SeriesKey, resolution: string, start: number, end: number): Promise<SlotRow[]>;
  samples(key: SeriesKey, start: number, end: number): Promise<SampleRow[]>;
  columns(key: SeriesKey, period: Period): Promise<SampleColumns>;
  received(): Promise<{ receipts: Receipts[]; losses: LossRecord[] }>;
  close(): Promise<void>;
};

export async function answersOf(context: Context): Promise<Answers> {
  const answers = whoRuns(context.dataFolder)?.answers;
  return answers === undefined ? fromFiles(context) : fromProcess(answers, secretOf(context.dataFolder));
}

async function fromFiles({ site, dataFolder }: Context): Promise<Answers> {
  const { store, scorer, close } = await openFiles(site, dataFolder);
  return {
    score: (pack, year, asOf) => scorer.score(pack, year, asOf),
    way: (pack, year) => scorer.way(pack, year),
    async slots(key, resolution, start, end) {
      const [slots = []] = await store.slots([key], resolution as 'quarter', { start, end });
      return slots.map((slot) => ({
        ...slot,
        value: fromSteps(slot.value, key.point),
        estimated: fromSteps(slot.estimated, key.point),
      }));
    },
    samples: async (key, start, end) => rowsOf(await store.samples(key, { start, end })),
    columns: (key, period) => store.samples(key, period),
    received: async () => ({ receipts: await store.receipts(), losses: await store.losses() }),
    close,
  };
}

const rowsOf = ({ time, value, quality }: SampleColumns): SampleRow[] =>
  time.map((at, row) => ({ time: at, value: value[row] as number | null, quality: quality[row] as number }));

function fromProcess(url: string, secret: string): Answers {
  const get = async <T>(path: string): Promise<T> => {
    const response = await fetch(`${url}${path}`, {
      headers: { authorization: `Bearer ${secret}` },
      signal: AbortSignal.timeout(60_000),
    });
    const body = (await response.json()) as T & { detail?: string };
    if (!response.ok)
      throw new Fault(
        'process_refused',
        { zh: body.detail ?? response.statusText, en: body.detail ?? response.statusText },
        { exitCode: exitCodes.unavailable },
      );
    return body;
  };
  const query = ({ meter, point }: SeriesKey, start: number, end: number) =>
    new URLSearchParams({ meter, point, start: String(start), end: String(end) });
  /** An answer is cut where it is long: the rest is asked for. */
  const columns = async (key: SeriesKey, { start, end }: Period): Promise<SampleColumns> => {
    const all: SampleColumns = { time: [], value: [], quality: [] };
    for (let from = start; ; ) {
      const part = await get<SampleColumns & { cut: boolean }>(`/api/samples?${query(key, from, end)}`);
      all.time = all.time.concat(part.time);
      all.value = all.value.concat(part.value);
      all.quality = all.quality.concat(part.quality);
      const last = part.time.at(-1);
      if (!part.cut || last === undefined) return all;
      from = last + 1;
    }
  };
  return {
    score: (pack, year, asOf) => get(`/api/score/${pack}/${year}${asOf === undefined ? '' : `?asOf=${asOf}`}`),
    way: (pack, year) => get(`/api/way/${pack}/${year}`),
    slots: async (key, resolution, start, end) =>
      (await get<{ slots: SlotRow[] }>(`/api/slots?${query(key, start, end)}&resolution=${resolution}`)).slots,
    samples: async (key, start, end) => rowsOf(await columns(key, { start, end })),
    columns,
    received: () => get('/api/receipts'),
    close: async () => undefined,
  };
}
