// Owns finding the template of a device: asks for the registers by which each tells its model, and says why the others fell out.
import type { Clock } from '../../core/clock.ts';
import { LineFault } from '../line/line-fault.ts';
import type { ModbusBus } from '../modbus/bus.ts';
import { decodeReading } from '../modbus/decode.ts';
import { registerTypes } from '../modbus/registers.ts';
import { discoverModels, type SunspecModel } from '../modbus/sunspec.ts';
import type { RegisterReading, RegisterTemplate } from '../template.ts';
import { readerOf } from './reader.ts';

export type Check = {
  fc: 3 | 4;
  address: number;
  reading: RegisterReading;
  words: readonly number[] | undefined;
  /** What the words are, whether it fits or not. */
  value: number | undefined;
  fault: LineFault | undefined;
  fits: boolean;
};

export type Candidate = {
  template: RegisterTemplate;
  fits: boolean;
  checks: Check[];
  /** Of a device that speaks SunSpec: the models in its chain; undefined where it has no marker. */
  models: readonly SunspecModel[] | undefined;
  /** Of a template that fits: how many of its points the device delivers. */
  good: number;
};

export type ProbeParts = {
  bus: ModbusBus;
  unit: number;
  timeout: number;
  templates: readonly RegisterTemplate[];
  clock: Clock;
  onProgress?: (done: number, total: number) => void;
  signal?: AbortSignal;
};

/** After so many questions without any answer there is nobody to ask. */
const mostSilences = 2;

/** Rejects with the LineFault when the device answers nothing at all. */
export async function probe(parts: ProbeParts): Promise<Candidate[]> {
  const { bus, unit, templates, onProgress, signal } = parts;
  const asked = new Map<string, Promise<number[] | LineFault>>();
  const state = { answered: false, silences: 0 };
  const ask = (fc: 3 | 4, address: number, count: number) => {
    const key = `${fc}/${address}/${count}`;
    const known = asked.get(key);
    if (known !== undefined) return known;
    const answer = askOnce(bus, unit, fc, address, count, state);
    asked.set(key, answer);
    return answer;
  };
  const candidates: Candidate[] = [];
  const known = templates.filter(({ protocol }) => protocol === 'modbus');
  for (const [index, template] of known.entries()) {
    signal?.throwIfAborted();
    if (index > 0) onProgress?.(index, templates.length);
    const checks: Check[] = [];
    for (const reading of template.probe) {
      const { address, type, fc = template.fc } = reading;
      const words = await ask(fc, address, registerTypes[type]);
      const answered = words instanceof LineFault ? undefined : words;
      const anything = {
        ...reading,
        between: [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY] as [number, number],
      };
      checks.push({
        ...{ fc, address, reading, words: answered, fault: words instanceof LineFault ? words : undefined },
        value: answered && decodeReading(answered, anything, template),
        fits: answered !== undefined && decodeReading(answered, reading, template) !== undefined,
      });
    }
    const fits = checks.length > 0 && checks.every((check) => check.fits);
    candidates.push({ template, fits, checks, models: undefined, good: 0 });
  }
  const models = await modelsOf(bus, unit);
  for (const template of templates) {
    if (template.protocol !== 'sunspec') continue;
    const fits = models?.some(({ id }) => template.sunspec.models.includes(id)) ?? false;
    candidates.push({ template, fits, checks: [], models, good: 0 });
  }
  for (const candidate of candidates) {
    signal?.throwIfAborted();
    if (candidate.fits) candidate.good = await countGood(candidate.template, parts);
  }
  return rank(candidates);
}

async function askOnce(
  bus: ModbusBus,
  unit: number,
  fc: 3 | 4,
  address: number,
  count: number,
  state: { answered: boolean; silences: number },
): Promise<number[] | LineFault> {
  try {
    const words = await bus.read(unit, fc, address, count);
    state.answered = true;
    return words;
  } catch (error) {
    if (!(error instanceof LineFault)) throw error;
    const absent = error.exception === 10 || error.exception === 11;
    if (error.failure === 'exception' && !absent) state.answered = true;
    else if (!state.answered && (error.failure !== 'timeout' || ++state.silences >= mostSilences)) throw error;
    return error;
  }
}

async function modelsOf(bus: ModbusBus, unit: number): Promise<SunspecModel[] | undefined> {
  try {
    return await discoverModels(bus, unit);
  } catch (error) {
    if (error instanceof LineFault) return undefined;
    throw error;
  }
}

async function countGood(template: RegisterTemplate, { bus, unit, timeout, clock }: ProbeParts): Promise<number> {
  try {
    const points = await readerOf(template, { bus, unit, timeout, clock }).read();
    return points.filter(({ quality }) => quality === 'good').length;
  } catch (error) {
    if (error instanceof LineFault) return 0;
    throw error;
  }
}

const share = ({ checks }: Candidate): number =>
  checks.length === 0 ? 0 : checks.filter(({ fits }) => fits).length / checks.length;

/** What fits first, and of it what the device delivers most of; then what came nearest. */
const rank = (candidates: readonly Candidate[]): Candidate[] =>
  [...candidates].sort(
    (a, b) =>
      Number(b.fits) - Number(a.fits) ||
      b.good - a.good ||
      a.template.points.length - b.template.points.length ||
      share(b) - share(a) ||
      a.template.id.localeCompare(b.template.id),
  );
