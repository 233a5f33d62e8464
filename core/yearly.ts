// Owns the yearly figures as points in time: what dashboards of others read of a score, whichever database is behind it.

export type FieldType = 'float' | 'integer' | 'string';

/** Each point stands at the first moment of its year. A field keeps for ever the type in which it came first. */
export const yearlyMeasurements = {
  account: { tags: ['figure'], fields: { name_en: 'string', name_zh: 'string', unit: 'string', value: 'float' } },
  indicators: {
    tags: ['indicator', 'pack'],
    fields: {
      coverage: 'float',
      /** 1 met, 0 not met; without it, not assessable. */
      met: 'integer',
      name_en: 'string',
      name_zh: 'string',
      threshold: 'float',
      unit: 'string',
      value: 'float',
    },
  },
  scores: { tags: ['pack'], fields: { name_en: 'string', name_zh: 'string', score: 'float', verdict: 'string' } },
} as const satisfies Record<string, { tags: readonly string[]; fields: Record<string, FieldType> }>;

export type YearlyMeasurement = keyof typeof yearlyMeasurements;

export type YearlyPoint = {
  measurement: YearlyMeasurement;
  time: number;
  tags: Record<string, string>;
  /** Null where there is none: it is then not written. */
  fields: Record<string, number | string | null>;
};
