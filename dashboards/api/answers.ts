// Owns the shapes of what the screens ask for beside figures: the data's completeness by day, and what each gateway sent and lost.
import type { Gap } from '../../core/gaps.ts';
import type { PointId } from '../../core/points.ts';
import type { Mark } from '../../core/slots.ts';
import type { LossRecord } from '../../core/store.ts';

export type QualityDay = {
  start: number;
  /** Share of the day that readings cover; of the running day, of its time so far. */
  coverage: number;
  /** Share of the amount whose time within a gap is only assumed. */
  estimated: number;
  level: 'good' | 'uncertain' | 'bad';
  marks: Mark[];
};
export type QualityRow = { meter: string; point: PointId; days: QualityDay[] };
export type QualityMap = { start: number; end: number; now: number; rows: QualityRow[]; losses: LossRecord[] };

export type GatewayHealth = {
  id: string;
  /** What the gateway last said of itself, and when it came up; null: nothing was heard. */
  state: { state: 'online' | 'offline'; at: number } | null;
  connections: { id: string; protocol: string; endpoint: string; meters: string[] }[];
  /** The newest reading that is stored, by the gateway's own batches. */
  newest: number | null;
  batches: number;
  missing: number;
  lostReadings: number;
  /** The newest of them. */
  gaps: Gap[];
  losses: LossRecord[];
};
export type Health = { now: number; gateways: GatewayHealth[] };

/** One place for each quarter of an hour from `start` on. */
export type LoadCurve = {
  start: number;
  /** What the counter grew by; null: no reading says anything about it. */
  amount: (number | null)[];
  /** 1: covered whole by readings. 0: partly, or its time within a gap is assumed: no demand is read from it. */
  whole: (0 | 1)[];
};
