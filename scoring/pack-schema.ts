// Owns the form of a standard as data: what a pack may say, and what a plant may say over it where the source is silent.
import { z } from 'zod';
import { message } from '../core/config/yaml-file.ts';
import { idPattern } from '../core/sample.ts';

const text = z.strictObject({ zh: z.string().min(1), en: z.string().min(1) });
const id = z.string().regex(idPattern);
const symbol = z.string().regex(/^[A-Za-z_]\w*$/);
const confidence = z.enum(['SEED', 'FOUND-P', 'FOUND', 'RECALLED', 'DERIVED', 'USER']);

/** The source's own number, or that it gives none: then the plant supplies one with a reason, marked wherever it appears. */
const amount = z.union([z.number(), z.literal('not_stated')]);

const threshold = z
  .strictObject({
    atLeast: amount.optional(),
    atMost: amount.optional(),
    when: z
      .string()
      .optional()
      .meta({ description: 'The case in which this threshold holds; the first that is true.' }),
    phrase: text,
  })
  .refine(
    ({ atLeast, atMost }) => (atLeast === undefined) !== (atMost === undefined),
    message('atLeast 与 atMost 须且只须有一个', 'exactly one of atLeast and atMost is needed'),
  );
const thresholds = z.union([threshold.transform((one) => [one]), z.array(threshold).min(1)]);

/** How a value becomes points: all or none at the threshold, in proportion between two values, or by bands from the top. */
const rule = z.union([
  z.enum(['all_or_nothing', 'not_stated']),
  z.strictObject({ linear: z.strictObject({ zero: z.number(), full: z.number() }) }),
  z.strictObject({
    bands: z.array(z.strictObject({ atLeast: z.number(), share: z.number().min(0).max(1) })).min(1),
  }),
]);

const indicator = z.strictObject({
  id,
  symbol: symbol.optional().meta({ description: 'The name under which verdicts speak of the value.' }),
  group: symbol.optional(),
  role: z.enum(['core', 'guiding']).default('core'),
  about: symbol.optional().meta({
    description:
      'A word that several standards use for one thing, so that what they ask of it is compared: water_reuse.',
  }),
  name: text,
  clause: z.string(),
  phrase: z.string().meta({ description: 'The words of the source.' }),
  confidence: confidence.optional(),
  unit: z.string(),
  formula: z.string().optional(),
  attested: z
    .string()
    .optional()
    .meta({ description: 'The clause of the attestation that decides an indicator without a formula.' }),
  threshold: thresholds,
  target: thresholds.optional().meta({ description: 'A second, higher threshold of the same indicator.' }),
  points: amount.optional(),
  rule: rule.optional(),
  appliesWhen: z.string().optional(),
  mayNotApply: text.optional().meta({ description: 'The source lets a plant explain why it has no such thing.' }),
});

const level = z.strictObject({ id: symbol.optional(), name: text, when: z.string() });

const reason = z.string().min(1);

/** What a plant supplies where the source is silent. Every entry has its reason. */
const overlayParts = {
  indicators: z
    .record(
      id,
      z.strictObject({
        points: z.number().nonnegative().optional(),
        threshold: z.number().optional(),
        target: z.number().optional(),
        rule: rule.optional(),
        reason,
      }),
    )
    .default({}),
  constants: z.record(symbol, z.strictObject({ value: z.number(), reason })).default({}),
  choices: z.record(symbol, z.strictObject({ option: id, reason })).default({}),
  add: z.array(z.strictObject({ indicator, reason })).default([]),
  remove: z.array(z.strictObject({ id, reason })).default([]),
};

export const overlaySchema = z.strictObject({ schema: z.literal(1), pack: id, ...overlayParts });

/** A calculation by hand that the pack must reproduce, to four decimals. */
const workedCase = z.strictObject({
  name: z.string().min(1),
  given: z
    .record(symbol, z.number())
    .default({})
    .meta({ description: 'Quantities, inputs or steps in their own units; what is not given is missing.' }),
  attested: z.record(z.string(), z.boolean()).default({}).meta({ description: 'Statements by clause.' }),
  exempted: z.record(id, z.string()).default({}),
  overlay: z.strictObject(overlayParts).optional(),
  expect: z.strictObject({
    values: z.record(id, z.number().nullable()).default({}),
    met: z.record(id, z.boolean().nullable()).default({}),
    alternatives: z.record(id, z.record(id, z.number())).default({}),
    total: z.number().nullable().optional(),
    verdict: z.enum(['met', 'not_met', 'not_assessable', 'none']).optional(),
    level: z.string().optional(),
  }),
});

export const packSchema = z.strictObject({
  schema: z.literal(1),
  id,
  kind: z.enum(['assessment', 'checklist']).default('assessment'),
  scope: z.enum(['factory', 'park']).default('factory'),
  name: text,
  publisher: text,
  status: text,
  confidence,
  period: z.strictObject({ clause: z.string(), phrase: z.string() }),
  groups: z.array(z.strictObject({ id: symbol, name: text })).default([]),
  tailoring: z
    .strictObject({ clause: z.string(), phrase: z.string() })
    .optional()
    .meta({ description: 'The source lets indicators be added and removed; each change is recorded.' }),
  prerequisites: z
    .array(
      z.strictObject({
        id: symbol,
        clause: z.string(),
        phrase: z.string(),
        name: text,
        formula: z.string().optional().meta({ description: 'Decided by figures instead of an attestation.' }),
      }),
    )
    .default([]),
  inputs: z
    .array(
      z.strictObject({
        id: symbol,
        name: text,
        unit: z.string(),
        fact: symbol.optional().meta({ description: "The ledger's name of the fact; default: the id." }),
        activity: symbol.optional().meta({ description: 'Counts the activities of this topic instead.' }),
        metered: z
          .enum(['water_taken', 'waste_weighed'])
          .optional()
          .meta({ description: 'Meters tell it where the ledger does not.' }),
        product: symbol.optional().meta({ description: 'Sums the production of this product instead.' }),
        year: z.enum(['current', 'base']).default('current'),
      }),
    )
    .default([]),
  constants: z
    .record(symbol, z.strictObject({ name: text, clause: z.string(), value: amount, unit: z.string() }))
    .default({}),
  factors: z
    .record(
      symbol,
      z.strictObject({
        kind: z.enum([
          'coal_equivalent',
          'coal_equivalent_primary',
          'grid_average',
          'grid_fossil',
          'grid_residual',
          'heat',
        ]),
        carrier: z.string().optional(),
        region: z.string().optional(),
        name: text,
      }),
    )
    .default({}),
  choices: z
    .array(
      z.strictObject({
        id: symbol,
        what: text,
        unit: z.string(),
        options: z.array(z.strictObject({ id, name: text, formula: z.string() })).min(2),
        chosen: id.optional(),
      }),
    )
    .default([])
    .meta({ description: 'What the source leaves open between readings; all are shown until one is chosen.' }),
  steps: z
    .array(
      z.strictObject({
        id: symbol,
        name: text,
        clause: z.string(),
        unit: z.string(),
        formula: z.string(),
        reported: z.boolean().default(false).meta({ description: 'Printed beside the indicators.' }),
      }),
    )
    .default([]),
  points: z.strictObject({ total: z.number().positive(), clause: z.string(), phrase: z.string() }).optional(),
  indicators: z.array(indicator).default([]),
  verdict: z.union([
    z.strictObject({
      clause: z.string(),
      phrase: z.string(),
      ordered: z
        .boolean()
        .default(false)
        .meta({ description: 'Levels overlap on purpose: the first that is reached counts.' }),
      levels: z.array(level).min(1),
    }),
    z.strictObject({ clause: z.string(), phrase: z.string(), none: text }),
  ]),
  contradictions: z.array(z.strictObject({ clause: z.string(), text, taken: text })).default([]),
  notStated: z.array(z.strictObject({ what: text, taken: text })).default([]),
  cases: z.array(workedCase).default([]),
});

export type Pack = z.infer<typeof packSchema>;
export type PackIndicator = Pack['indicators'][number];
export type PackThreshold = PackIndicator['threshold'][number];
export type PackRule = z.infer<typeof rule>;
export type Overlay = z.infer<typeof overlaySchema>;
export type OverlayParts = Omit<Overlay, 'schema' | 'pack'>;
export type WorkedCase = Pack['cases'][number];
