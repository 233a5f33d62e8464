// Owns the ledger's words: what a plant declares beside its meters, as append-only revisions chained by hash.
import { z } from 'zod';
import { slotLength } from './calendar.ts';
import { message } from './config/yaml-file.ts';
import { fuelIds, fuels, isFuel } from './fuels.ts';
import { pointIds } from './points.ts';
import { idPattern } from './sample.ts';
import { isUnit, multiplyUnits, parseUnit, sameDimensions } from './units.ts';

const id = z.string().regex(idPattern);
const dateText = z.iso.date();
const year = z.int().min(2000).max(2100);
const symbol = z.string().regex(/^[A-Za-z_]\w*$/);

/** Energy carriers that invoices and measures speak of. */
const carrierIds = [...fuelIds, 'heat'] as const;
const unitFits = (carrier: string, unit: string): boolean => {
  const own = carrier.startsWith('electricity') ? 'kWh' : isFuel(carrier) ? fuels[carrier].unit : 'GJ';
  return sameDimensions(parseUnit(own), parseUnit(unit));
};
const unitMessage = message(
  '单位与能源品种不符：电用 kWh 或 MWh，燃气用 Nm3 或 万Nm3，煤、油用 t，热用 GJ',
  'the unit does not fit the carrier: kWh or MWh for electricity, Nm3 or 万Nm3 for gases, t for coal and oil, GJ for heat',
);
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const base = {
  id,
  note: z.string().optional(),
  /** What proves the entry: a document's name or number. */
  evidence: z.string().min(1).optional(),
  withdrawn: z
    .literal(true)
    .optional()
    .meta({ description: 'It no longer holds; what it said stays on record in the revisions before.' }),
};

/** Green certificates, 1 MWh each. Only retired ones count, for the year in which the power was generated (发改能源〔2026〕622号). */
const certificate = z
  .strictObject({
    kind: z.literal('certificate'),
    ...base,
    generationYear: year,
    generationMonth: z.int().min(1).max(12).optional(),
    count: z.int().positive(),
    /** Retired in one piece; further retirements are entries of their own. */
    retired: z.int().nonnegative(),
    retiredFor: year.optional(),
    /** Certificates of self-used power cannot be traded and describe kWh that the plant's own meter already counts. */
    tradable: z.boolean(),
    technology: z.enum(['wind', 'pv', 'biomass', 'hydro', 'other']),
    serials: z
      .strictObject({ series: z.string().min(1), from: z.int().nonnegative(), to: z.int().nonnegative() })
      .optional()
      .meta({ description: 'The numbers of the certificates, so that none is claimed twice.' }),
  })
  .refine(({ count, retired }) => retired <= count, {
    message: message('核销数量超过持有数量', 'more are retired than are held'),
    path: ['retired'],
  })
  .refine(({ retired, retiredFor }) => retired === 0 || retiredFor !== undefined, {
    message: message('写明核销用于哪一年：retiredFor', 'say for which year they are retired: retiredFor'),
    path: ['retiredFor'],
  })
  .refine(({ count, serials }) => serials === undefined || serials.to - serials.from + 1 === count, {
    message: message('编号区间与数量不符', 'the range of serials does not hold as many certificates'),
    path: ['serials'],
  });

/** A part of a holding is retired for a year. */
const retirement = z.strictObject({
  kind: z.literal('retirement'),
  ...base,
  certificate: id.meta({ description: 'The id of the certificate entry that they are taken from.' }),
  count: z.int().positive(),
  forYear: year,
  date: dateText,
});

/** Green power bought by contract. Where certificates come with it they are named, so that a kWh counts once. */
const contract = z.strictObject({
  kind: z.literal('contract'),
  ...base,
  seller: z.string().min(1),
  year,
  amount: z.number().positive(),
  unit: z.enum(['kWh', 'MWh']),
  technology: z.enum(['wind', 'pv', 'biomass', 'hydro', 'other']),
  certificate: id.optional(),
});

const credit = z.strictObject({
  kind: z.literal('credit'),
  ...base,
  program: z.string().min(1),
  vintage: year,
  tonnes: z.number().positive(),
  retiredFor: year.optional(),
});

const measure = z.strictObject({
  kind: z.literal('measure'),
  ...base,
  title: z.strictObject({ zh: z.string().min(1), en: z.string().min(1) }),
  year,
  actsOn: symbol
    .optional()
    .meta({ description: 'What is improved; two measures of a year on the same thing count once.' }),
  method: z.string().min(1),
  baseline: z.string().min(1),
  saves: z.array(
    z
      .strictObject({
        carrier: z.enum(['electricity', ...carrierIds]),
        amount: z.number().positive(),
        unit: z.enum(['kWh', 'MWh', 'Nm3', '万Nm3', 'GJ', 't']),
      })
      .refine(({ carrier, unit }) => unitFits(carrier, unit), { message: unitMessage, path: ['unit'] }),
  ),
});

/** Energy that no meter reads: invoices and tank readings. */
const booking = z
  .strictObject({
    kind: z.literal('booking'),
    ...base,
    carrier: z.enum([...carrierIds, 'heat_sold', 'electricity', 'electricity_sold']),
    from: dateText,
    to: dateText,
    amount: z.number().nonnegative(),
    unit: z.enum(['t', 'kg', 'Nm3', '万Nm3', 'GJ', 'MJ', 'kWh', 'MWh']),
    meter: id.optional().meta({
      description:
        'Of an electricity bill: the meter of the plant on the same supply. The bill counts where that meter has no readings, and is compared with them where it has.',
    }),
    supply: z.string().min(1).optional().meta({
      description: 'Of an electricity bill: a supply that no meter of the plant reads, by its account number.',
    }),
  })
  .refine(({ carrier, unit }) => unitFits(carrier, unit), { message: unitMessage, path: ['unit'] })
  .refine(
    ({ carrier, meter, supply }) =>
      carrier.startsWith('electricity')
        ? (meter === undefined) !== (supply === undefined)
        : meter === undefined && supply === undefined,
    message(
      '电费单须写明 meter（该电源上的表计）或 supply（无表计的电源户号）之一，以免与表计重复；其他品种不写',
      'an electricity bill names its meter, or the supply that has none, so that it is not counted beside a meter; other carriers name neither',
    ),
  )
  .refine(({ from, to }) => from <= to && from.slice(0, 4) === to.slice(0, 4), {
    message: message(
      '起止日期应先后有序且在同一年；跨年的请按年拆成两笔',
      'the dates must be in order and in one year; split what reaches over New Year',
    ),
    path: ['to'],
  });

/** A statement that a person signs for: a prerequisite of a standard is met, a platform is in use. */
const attestation = z.strictObject({
  kind: z.literal('attestation'),
  ...base,
  pack: id,
  clause: z.string().min(1),
  year,
  met: z.boolean(),
  by: z.string().min(1),
});

/** Emissions that no fuel, power or heat explains: processes, refrigerants, leaks; biomass CO2 is told apart. */
const emission = z
  .strictObject({
    kind: z.literal('emission'),
    ...base,
    source: z.enum(['process', 'refrigerant', 'fugitive', 'biomass']),
    title: z.string().min(1),
    year,
    gas: z.string().min(1).meta({ description: 'CO2, CH4, N2O, SF6, NF3, HFC-134a, R410A, …' }),
    amount: z.number().nonnegative().optional().meta({ description: 'Of the gas itself; or activity and factor.' }),
    unit: z.enum(['kg', 't']).default('t'),
    activity: z
      .strictObject({
        amount: z.number().nonnegative(),
        unit: z.string().refine(isUnit, message('未知单位', 'unknown unit')),
      })
      .optional(),
    factor: z.strictObject({ value: z.number().nonnegative(), unit: z.string(), source: z.string().min(1) }).optional(),
  })
  .refine(
    ({ amount, activity, factor }) =>
      amount === undefined
        ? activity !== undefined && factor !== undefined
        : activity === undefined && factor === undefined,
    message('给出 amount，或同时给出 activity 与 factor', 'give amount, or activity and factor together'),
  )
  .refine(
    ({ gas, activity, factor }) => {
      if (activity === undefined || factor === undefined || !isUnit(factor.unit)) return factor === undefined;
      const product = multiplyUnits(parseUnit(activity.unit), parseUnit(factor.unit));
      return sameDimensions(product, parseUnit('kg')) || (gas === 'CO2' && sameDimensions(product, parseUnit('kgCO2')));
    },
    message(
      'activity × factor 应为气体的质量（仅 CO2 可用 tCO2）',
      'activity × factor must be a mass of the gas (tCO2 only for CO2)',
    ),
  );

/** From then on the year is computed with the factors that were published by that day. */
const closing = z.strictObject({
  kind: z.literal('closing'),
  ...base,
  year,
  factorsAsOf: dateText,
  by: z.string().min(1),
});

/** A yearly figure that no meter reads: floor area, waste, water reused, output, added value, emissions of a base year. */
const fact = z.strictObject({
  kind: z.literal('fact'),
  ...base,
  name: symbol.meta({ description: 'The name under which standards ask for it: building_area' }),
  year,
  value: z.number().nonnegative(),
  unit: z.string().refine(isUnit, message('未知单位', 'unknown unit')),
});

/** What the plant made, by months or invoices. */
const production = z
  .strictObject({
    kind: z.literal('production'),
    ...base,
    product: symbol,
    from: dateText,
    to: dateText,
    amount: z
      .number()
      .nonnegative(
        message(
          '产量不能为负：退货或冲销请改原条目',
          'production cannot be negative: correct the entry that was too high',
        ),
      ),
    unit: z.string().refine(isUnit, message('未知单位', 'unknown unit')),
  })
  .refine(({ from, to }) => from <= to && from.slice(0, 4) === to.slice(0, 4), {
    message: message('起止日期应先后有序且在同一年', 'the dates must be in order and in one year'),
    path: ['to'],
  });

export const documentTypes = [
  'certificate',
  'invoice',
  'contract',
  'calibration',
  'report',
  'permit',
  'photo',
  'other',
] as const;

/** A file that proves something, known by its content: entries name it as their evidence. */
export const documentEntry = z
  .strictObject({
    kind: z.literal('document'),
    ...base,
    title: z.string().min(1),
    type: z.enum(documentTypes),
    sha256,
    file: z.string().optional().meta({ description: 'Where it is kept, from the site folder.' }),
    name: z
      .string()
      .min(1)
      .max(200)
      .optional()
      .meta({ description: 'What the file was called; a text, never a path.' }),
    validFrom: dateText.optional(),
    validTo: dateText.optional(),
    proves: z
      .array(z.strictObject({ pack: id, clause: z.string().min(1) }))
      .optional()
      .meta({ description: 'Requirements of standards that it is evidence of. Entries name it as their evidence.' }),
  })
  .refine(({ validFrom = '', validTo = '9999' }) => validFrom <= validTo, {
    message: message('有效期的终止早于起始', 'it ends before it begins'),
    path: ['validTo'],
  });

/** The year that declines are measured against. */
const baseYear = z.strictObject({ kind: z.literal('base_year'), ...base, year, reason: z.string().min(1) });

/** Something that took place on a day: publicity, disclosure, training. */
const activity = z.strictObject({
  kind: z.literal('activity'),
  ...base,
  topic: symbol,
  date: dateText,
  title: z.string().min(1),
});

/** Why an indicator has no object at this plant, where its standard lets a plant explain that. */
const exemption = z.strictObject({
  kind: z.literal('exemption'),
  ...base,
  pack: id,
  indicator: id,
  year,
  reason: z.string().min(1),
  by: z.string().min(1),
});

/** Readings that came from a file, not from a gateway: which file, and what of it was stored. */
const importing = z.strictObject({
  kind: z.literal('import'),
  ...base,
  file: z.string().min(1),
  sha256,
  series: z.array(z.string()).min(1),
  readings: z.int().positive(),
  from: z.iso.datetime(),
  to: z.iso.datetime(),
});

/** A sealed snapshot cites readings: they are kept, whatever the site says about how long. */
const seal = z.strictObject({
  kind: z.literal('seal'),
  ...base,
  sha256: sha256.meta({ description: 'Of the snapshot.' }),
  from: dateText,
  to: dateText.meta({ description: 'The last day.' }),
  series: z.array(z.string()).optional().meta({ description: 'main.energy_import, …; all if not said.' }),
});

const quarterText = z.iso
  .datetime({ offset: true })
  .refine(
    (text) => Date.parse(text) % slotLength === 0,
    message(
      '应为整刻钟，例如 2025-03-01T08:15:00+08:00',
      'must be a whole quarter of an hour, such as 2025-03-01T08:15:00+08:00',
    ),
  );

/** What stands for the slots of a stretch of time, decided by somebody. The readings and their slots stay as they are. */
const correction = z.strictObject({
  kind: z.literal('correction'),
  ...base,
  meter: id,
  point: z.enum(pointIds),
  from: quarterText,
  /** One for each quarter of an hour: the amount of a counter, the mean of a gauge, in the point's unit; null: nobody knows. */
  values: z.array(z.number().nullable()).min(1).max(3_000),
  rule: z.enum(['linear', 'history', 'profile', 'hand']),
  /** What the rule was applied to. */
  basis: z.string().optional(),
});

/** What a factor is a factor of. */
export const factorKinds = [
  'grid_average',
  'grid_residual',
  'grid_fossil',
  'electricity_footprint',
  'fuel',
  'heat',
  'coal_equivalent',
  'coal_equivalent_primary',
  'gwp',
] as const;
export type FactorKind = (typeof factorKinds)[number];

/** A unit that a kind's value is counted in; the coal equivalent is of the carrier's own unit. */
const factorUnit = (kind: FactorKind, carrier: string | undefined): string => {
  if (kind === 'heat') return 'tCO2/GJ';
  if (kind === 'gwp') return 'kgCO2e/kg';
  if (kind === 'coal_equivalent_primary' || (kind === 'coal_equivalent' && carrier === 'electricity'))
    return 'kgce/kWh';
  if (kind !== 'coal_equivalent') return 'kgCO2/kWh';
  return carrier !== undefined && isFuel(carrier) ? `kgce/${fuels[carrier].unit}` : 'kgce/MJ';
};

const inUnits = (like: readonly string[]) =>
  z
    .strictObject({ value: z.number().nonnegative(), unit: z.string() })
    .refine(({ unit }) => isUnit(unit) && like.some((one) => sameDimensions(parseUnit(one), parseUnit(unit))), {
      message: message(`单位应如 ${like.join('、')}`, `the unit must be like ${like.join(', ')}`),
      path: ['unit'],
    });

/** A factor of the plant's own: a newer one that supersedes it takes its place from the year on that it names. */
const factor = z
  .strictObject({
    kind: z.literal('factor'),
    ...base,
    factor: z.enum(factorKinds),
    family: id.optional().meta({ description: 'Of a fuel or a gas: the family that it is of, which never mix.' }),
    carrier: z.string().min(1).optional(),
    region: z.string().min(1).default('CN'),
    dataYear: year.optional(),
    from: year.meta({ description: 'The first accounting year in which it is used.' }),
    to: year.optional(),
    value: z.number().nonnegative().optional(),
    unit: z.string().optional(),
    ncv: inUnits(['GJ/t', 'GJ/万Nm3']).optional(),
    carbon: inUnits(['tC/GJ']).optional(),
    oxidation: z.number().positive().max(1).optional(),
    publisher: z.string().min(1),
    source: z.string().min(1).meta({ description: 'The document or measurement that it is taken from.' }),
    notice: z.string().min(1).optional(),
    supersedes: id.optional().meta({ description: 'The id of the factor entry that it stands in place of.' }),
  })
  .refine(({ from, to = from }) => from <= to, {
    message: message('终止年早于起始年', 'it ends before it begins'),
    path: ['to'],
  })
  .refine(({ factor: kind, family }) => (kind === 'fuel' || kind === 'gwp') === (family !== undefined), {
    message: message('燃料与 GWP 须写明所属系列，其他因子不写', 'a fuel or a GWP names its family; others have none'),
    path: ['family'],
  })
  .refine(({ factor: kind, carrier = '' }) => kind !== 'fuel' || isFuel(carrier), {
    message: message('应为燃料的编号，例如 diesel', 'must be the id of a fuel, such as diesel'),
    path: ['carrier'],
  })
  .refine(({ factor: kind, value }) => (kind === 'fuel') === (value === undefined), {
    message: message(
      '燃料写 ncv、carbon、oxidation；其他因子写 value',
      'a fuel has ncv, carbon and oxidation; others have value',
    ),
    path: ['value'],
  })
  .refine(
    ({ factor: kind, ncv, carbon, oxidation }) => {
      const parts = [ncv, carbon, oxidation].filter((part) => part !== undefined).length;
      return parts === (kind === 'fuel' ? 3 : 0);
    },
    {
      message: message(
        '低位发热量、单位热值含碳量、氧化率三者须齐全，仅用于燃料',
        'ncv, carbon and oxidation come together, of a fuel only',
      ),
      path: ['ncv'],
    },
  )
  .refine(
    ({ factor: kind, carrier, unit }) =>
      kind === 'fuel'
        ? unit === undefined
        : unit !== undefined && isUnit(unit) && sameDimensions(parseUnit(factorUnit(kind, carrier)), parseUnit(unit)),
    {
      message: message(
        '单位与因子类别不符，例如电力为 kgCO2/kWh',
        'the unit does not fit the kind; for power it is kgCO2/kWh',
      ),
      path: ['unit'],
    },
  );

export const ledgerEntrySchema = z.discriminatedUnion('kind', [
  certificate,
  credit,
  measure,
  booking,
  attestation,
  fact,
  baseYear,
  activity,
  exemption,
  emission,
  closing,
  retirement,
  contract,
  production,
  documentEntry,
  importing,
  correction,
  seal,
  factor,
]);
export const ledgerKinds = ledgerEntrySchema.options.map(({ shape }) => shape.kind.value) as readonly LedgerKind[];
export const ledgerFileSchema = z.strictObject({ entries: z.array(ledgerEntrySchema) });

export type LedgerEntry = z.infer<typeof ledgerEntrySchema>;
export type LedgerKind = LedgerEntry['kind'];
export type EntryOf<K extends LedgerKind> = Extract<LedgerEntry, { kind: K }>;

/** The years that an entry speaks of: in which it was made, and for which it counts. */
export function yearsOf(entry: LedgerEntry): number[] {
  const days = [
    'date' in entry ? entry.date : undefined,
    'from' in entry && typeof entry.from === 'string' ? entry.from : undefined,
    'to' in entry && typeof entry.to === 'string' ? entry.to : undefined,
  ];
  const years = [
    'year' in entry ? entry.year : undefined,
    'generationYear' in entry ? entry.generationYear : undefined,
    'vintage' in entry ? entry.vintage : undefined,
    'retiredFor' in entry ? entry.retiredFor : undefined,
    'forYear' in entry ? entry.forYear : undefined,
    entry.kind === 'factor' ? entry.from : undefined,
    ...days.map((day) => (day === undefined ? undefined : Number(day.slice(0, 4)))),
  ];
  return [...new Set(years.filter((one) => one !== undefined))].sort();
}

/** One line of the ledger: who wrote which entry when and why, chained to the line before it. */
export type Revision = {
  number: number;
  at: number;
  author: string;
  reason: string;
  entry: LedgerEntry;
  previous: string;
  hash: string;
};

export interface Ledger {
  /** Appends a revision unless the newest one of the same id says exactly the same. */
  append(entry: LedgerEntry, author: string, reason: string, at: number): Revision | undefined;
  /** The newest revision of every id that was not withdrawn, as known at a moment. */
  current(asOf?: number): Revision[];
  history(): Revision[];
  /** Reads all of it again from where it is kept, and throws when a revision does not match its hash. */
  verify(): void;
  close(): void;
}
