// Owns the shapes of a score and of the way to the next grade, with the trace of every figure.
import { z } from 'zod';
import type { Trace } from '../../../core/trace.ts';
import type { Way } from '../../../scoring/main.ts';
import { packSchema } from '../../../scoring/pack-schema.ts';
import type { Score } from '../../../scoring/score.ts';
import { confidence, count, mark, maybe, named, series, text, time } from './named.ts';

const share = z.number().min(0).max(1);
const reading = z.enum(['good', 'estimated', 'uncertain', 'bad']);
const yesOrNo = z.boolean().nullable();

const meterLeaf = z.object({
  ...series,
  source: z.string(),
  start: time,
  end: time,
  slots: count,
  readings: count,
  hash: z.string(),
  estimated: z.number(),
  accuracyClass: maybe,
  marks: z.array(mark),
});

export const factorLeaf = z.object({
  factor: z.string(),
  region: z.string(),
  dataYear: z.number().int().nullable(),
  publisher: z.string(),
  notice: z.string(),
  source: z.string(),
  confidence,
  fit: text,
  spread: z.number().exactOptional(),
});

const ledgerLeaf = z.object({
  entry: z.string(),
  revision: z.number().int(),
  hash: z.string(),
  evidence: z.string().nullable(),
});

export const trace: z.ZodType<Trace> = z
  .object({
    id: z.string(),
    name: text,
    value: maybe,
    unit: z.string(),
    coverage: share.nullable(),
    quality: count,
    clause: z.string().exactOptional(),
    formula: z.string().exactOptional(),
    slope: z.string().exactOptional(),
    numbers: z.string().exactOptional(),
    meter: meterLeaf.exactOptional(),
    factor: factorLeaf.exactOptional(),
    ledger: ledgerLeaf.exactOptional(),
    notes: z.array(text),
    get parts(): z.ZodType<Trace[]> {
      return z.array(trace);
    },
  })
  .register(named, { id: 'Trace' });

const threshold = z.object({
  limit: maybe,
  direction: z.enum(['atLeast', 'atMost']),
  phrase: text,
  met: yesOrNo,
  margin: maybe,
});

const interval = z.tuple([z.number(), z.number()]);

const indicator = z
  .object({
    id: z.string(),
    group: z.string().nullable(),
    role: z.enum(['core', 'guiding']),
    name: text,
    clause: z.string(),
    phrase: z.string(),
    value: maybe,
    unit: z.string(),
    threshold: maybe,
    direction: threshold.shape.direction,
    thresholdPhrase: text,
    met: yesOrNo,
    margin: maybe,
    target: threshold.nullable(),
    points: maybe,
    score: maybe,
    notApplicable: text.nullable(),
    alternatives: z.array(
      z.object({ options: z.record(z.string(), z.string()), name: text, value: maybe, met: yesOrNo }),
    ),
    marks: z.array(text),
    withheld: z.boolean(),
    coverage: share.nullable(),
    quality: reading,
    uncertainty: z
      .object({
        standard: z.number(),
        interval,
        sources: z.array(z.object({ source: z.string(), share: z.number() })),
        unknown: z.array(z.string()),
        passProbability: maybe,
      })
      .nullable(),
    trace,
  })
  .register(named, { id: 'Indicator' });

export const verdict = z.enum(['met', 'not_met', 'not_assessable', 'none']);
export const supplied = z.object({ about: z.string(), what: text, reason: z.string() });
const { kind, confidence: packConfidence, groups, contradictions, notStated } = packSchema.shape;

export const score: z.ZodType<Score> = z
  .object({
    site: z.string(),
    pack: z.string(),
    kind,
    packName: text,
    status: text,
    confidence: packConfidence,
    year: z.number().int(),
    verdict,
    verdictName: text.nullable(),
    verdictPhrase: z.string(),
    noVerdict: text.nullable(),
    total: z.object({ score: maybe, of: z.number() }).nullable(),
    groups,
    indicators: z.array(indicator),
    prerequisites: z.array(
      z.object({
        id: z.string(),
        clause: z.string(),
        phrase: z.string(),
        name: text,
        met: yesOrNo,
        evidence: z.string().nullable(),
      }),
    ),
    reported: z.array(trace),
    emissions: z.object({
      total_tCO2e: maybe,
      electricity_tCO2e: maybe,
      fuel_tCO2e: maybe,
      heat_tCO2e: maybe,
    }),
    energy: z.object({
      grid_import_kWh: maybe,
      grid_export_kWh: maybe,
      generated_kWh: maybe,
      self_used_kWh: maybe,
      consumed_kWh: maybe,
      natural_gas_Nm3: maybe,
      heat_GJ: maybe,
    }),
    account: z.record(z.string(), trace),
    contradictions,
    notStated,
    supplied: z.array(supplied),
    ledgerFindings: z.array(z.object({ id: z.string(), text })),
  })
  .register(named, { id: 'Score' });

const step = z.object({
  lever: z.enum(['certificates', 'credits', 'cut', 'self_use', 'electricity_saved']),
  amount: z.number(),
  unit: z.string(),
  text,
});

const forecast = z.object({
  from: time,
  method: text,
  indicators: z.array(
    z.object({
      id: z.string(),
      name: text,
      unit: z.string(),
      value: maybe,
      interval: interval.nullable(),
      passProbability: maybe,
    }),
  ),
  notes: z.array(text),
});

export const way: z.ZodType<Way> = z
  .object({
    pack: z.string(),
    year: z.number().int(),
    gaps: z.array(z.object({ indicator: z.string(), margin: maybe, steps: z.array(step), reason: text.nullable() })),
    next: z
      .object({
        level: text,
        reachable: z.boolean(),
        steps: z.array(step),
        blockers: z.array(z.object({ id: z.string(), name: text, text })),
      })
      .nullable(),
    plan: z
      .object({
        level: text,
        chosen: z.array(z.string()).nullable(),
        names: z.array(text).nullable(),
        cost: maybe,
        looked: count,
      })
      .nullable(),
    forecast: forecast.nullable(),
  })
  .register(named, { id: 'Way' });
