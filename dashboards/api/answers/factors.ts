// Owns the schemas of factors and of the plant's configuration; their types are in records.ts, which the page shares.
import { z } from 'zod';
import { siteFields } from '../../../core/config/site-schema.ts';
import { factorKinds } from '../../../core/ledger.ts';
import type { Installation } from '../../../core/sample.ts';
import { confidence, count, maybe, named, text, time } from './named.ts';
import type { ConfigurationAnswer, FactorList, UsedFactor } from './records.ts';
import { supplied } from './score.ts';

const year = z.number().int();
const word = z.string().nullable();

export const factorList: z.ZodType<FactorList> = z
  .object({
    may: z.boolean(),
    sealed: z.array(year),
    rows: z.array(
      z.object({
        file: z.string(),
        kind: z.enum(factorKinds),
        name: text,
        region: z.string(),
        carrier: word,
        dataYear: year.nullable(),
        from: year.nullable(),
        to: year.nullable(),
        value: maybe,
        unit: z.string(),
        parts: z.object({ ncv: z.string(), carbon: z.string(), oxidation: z.number() }).nullable(),
        publisher: z.string(),
        notice: z.string(),
        published: word,
        source: z.string(),
        confidence,
        owner: z.enum(['product', 'site', 'ledger']),
        entry: z.object({ id: z.string(), number: count, author: z.string(), at: time, supersedes: word }).nullable(),
      }),
    ),
  })
  .register(named, { id: 'FactorList' });

export const usedFactors: z.ZodType<UsedFactor[]> = z.array(
  z.object({
    factor: z.string(),
    region: z.string(),
    dataYear: year.nullable(),
    value: maybe,
    unit: z.string(),
    notice: z.string(),
    publisher: z.string(),
    confidence,
    fit: text,
    packs: z.array(z.string()),
  }),
);

const installation: z.ZodType<Installation> = z.object({
  serial: z.string(),
  from: time,
  initial: z.number().optional(),
  final: z.number().optional(),
  multiplier: z.number().optional(),
});
const meter = z.object({
  id: z.string(),
  name: text,
  role: z.string(),
  carrier: z.string(),
  parent: word,
  connection: z.string(),
  template: word,
  address: word,
  ratios: z.object({ ct: z.number(), vt: z.number() }).nullable(),
  accuracyClass: maybe,
  installations: z.array(installation),
});
const connection = z.object({ id: z.string(), protocol: z.string(), endpoint: z.string(), meters: count });
const { id, name, role, carrier, point, terms, formula } = siteFields.shape.virtual.unwrap().element.shape;

export const configuration: z.ZodType<ConfigurationAnswer> = z
  .object({
    file: z.string(),
    site: z.string(),
    name: text,
    timezone: z.string(),
    store: z.string(),
    broker: z.string(),
    coverageLimit: z.number(),
    graceDays: count,
    factors: siteFields.shape.factors,
    gateways: z.array(z.object({ id: z.string(), connections: z.array(connection) })),
    meters: z.array(meter),
    virtual: z.array(z.object({ id, name, role, carrier, point, terms, formula })),
    packs: z.array(
      z.object({
        id: z.string(),
        name: text,
        status: text,
        file: z.string(),
        overlay: word,
        supplied: z.array(supplied),
      }),
    ),
  })
  .register(named, { id: 'Configuration' });
