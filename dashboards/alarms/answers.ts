// Owns the shapes of alarms: what the engine keeps, what the API answers and the page shows.
import type { PointId } from '../../core/points.ts';
import type { Text } from '../../core/text.ts';

export const severities = ['critical', 'warning', 'info'] as const;
export type Severity = (typeof severities)[number];

export type AlarmObject = { kind: 'meter' | 'gateway' | 'site' | 'file'; id: string; point?: PointId };

export type Acknowledgement = { by: string; at: number; note: string };
export type Shelf = { until: number; by: string; at: number; reason: string };

export type Alarm = {
  id: number;
  rule: string;
  object: AlarmObject;
  name: Text;
  severity: Severity;
  owner: string | null;
  first: number;
  /** When its condition was seen last. */
  last: number;
  /** How often it came: what comes back soon after it went is the same alarm. */
  count: number;
  cleared: number | null;
  /** The value that it came with, and the level that it went over or under. */
  value: number | null;
  limit: number | null;
  unit: string;
  acknowledged: Acknowledgement | null;
  /** Whether it was sent out, and whether it is over for so long that coming back makes it another one. */
  told: boolean;
  settled: boolean;
};

export type AlarmState = 'active' | 'acknowledged' | 'shelved' | 'cleared';

/** `inside`: what the same cause brought about, as the silent meters of a dead gateway. */
export type ShownAlarm = Alarm & { state: AlarmState; shelf: Shelf | null; inside: ShownAlarm[] };

export type AlarmList = {
  now: number;
  /** Since when the rules are watched, and since when no alarm is open; null: some are. */
  since: number;
  quietSince: number | null;
  open: ShownAlarm[];
  shelved: ShownAlarm[];
};

export type AlarmHistory = { items: ShownAlarm[]; next: string | null };

/** In each frame of the live stream: what the bell shows (`fresh`: nobody took note yet; `critical` among these), and what moves with the list. */
export type AlarmTally = { open: number; fresh: number; critical: number; change: number };

export type ShownRule = {
  id: string;
  kind: string;
  name: Text;
  severity: Severity;
  owner: string | null;
  builtin: boolean;
  /** Switched off: not looked at. */
  off: boolean;
  hold: number;
  release: number;
  /** Whether stored readings can tell when it would have come. */
  tryable: boolean;
  level: { above: number | null; below: number | null; clear: number | null; unit: string } | null;
  meter: string | null;
};

export type WebhookHealth = { id: string; waiting: number; delivered: number; dropped: number; failure: string | null };

/** `problems`: what is wrong in a changed alarms.yaml, for which the rules before stay in force. */
export type RuleList = {
  /** Whose alarms.yaml a change by hand is written to: that of the site's folder, or that of the data folder. */
  changesGoTo: 'site' | 'data';
  rules: ShownRule[];
  webhooks: WebhookHealth[];
  problems: { at: string; text: Text }[];
};

/** Of a rule, by hand. `level`: above or below, as the rule has it; clear null: five hundredths inside the level. Times in ms. */
export type RuleChange = {
  level?: number | undefined;
  clear?: number | null | undefined;
  hold?: number | undefined;
  release?: number | undefined;
  off?: boolean | undefined;
};

export type Firing = { object: AlarmObject; from: number; to: number | null; value: number | null; count: number };

export type DryRun = { rule: string; start: number; end: number; firings: Firing[]; cut: boolean };
