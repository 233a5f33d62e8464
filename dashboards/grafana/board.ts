// Owns what a dashboard is before Grafana's own form of it: panels with their place, unit, words in both languages, and queries.
import type { Text } from '../../core/text.ts';

export type Query = {
  statement: string;
  /** As Grafana names the series: $tag_meter, $col. */
  alias?: string;
};

export type Panel = {
  /** For ever: links and alerts name it. */
  id: number;
  kind: 'lines' | 'bars' | 'stacked' | 'number' | 'table' | 'states';
  title: Text;
  about: Text;
  /** By Grafana's id. */
  unit: string;
  decimals?: number;
  /** x, y, width and height on a grid of 24 columns. */
  at: [x: number, y: number, w: number, h: number];
  queries: Query[];
  /** The colour from each value on; the first from below. */
  thresholds?: [from: number | null, color: string][];
  /** What a value is called. */
  words?: Record<string, Text & { color?: string }>;
  /** Of a table: what its columns are called, and their units where they differ. */
  columns?: Record<string, Text & { unit?: string }>;
  min?: number;
  max?: number;
};

export type Variable = {
  name: string;
  title: Text;
  /** Asked of the database; otherwise typed, beginning with this value. */
  from: { statement: string; multi?: true } | { value: string };
};

export type Board = {
  /** For ever: addresses name it. */
  uid: string;
  file: string;
  title: Text;
  about: Text;
  range: string;
  refresh: string;
  variables: Variable[];
  panels: Panel[];
};

export const site: Variable = {
  name: 'site',
  title: { zh: '工厂', en: 'Plant' },
  from: { statement: 'SHOW TAG VALUES FROM "slots" WITH KEY = "site"' },
};

export const meter: Variable = {
  name: 'meter',
  title: { zh: '仪表', en: 'Meter' },
  from: { statement: `SHOW TAG VALUES FROM "slots" WITH KEY = "meter" WHERE "site" = '$site'`, multi: true },
};

/** Days are the plant's days. */
export const zone: Variable = {
  name: 'zone',
  title: { zh: '时区', en: 'Time zone' },
  from: { value: 'Asia/Shanghai' },
};

export const ofSite = `"site" = '$site'`;
export const ofMeters = `${ofSite} AND "meter" =~ /^$meter$/ AND $timeFilter`;
