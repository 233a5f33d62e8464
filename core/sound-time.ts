// Owns which times of readings no clock that is right can have given.
import { minute } from './calendar.ts';

/** A device whose battery is empty starts in 1970 or in the year of its maker. */
export const firstSound = Date.UTC(2000, 0);
/** Clocks of gateways that nobody sets drift by minutes. */
export const mostAhead = 5 * minute;

export const isSoundTime = (time: number, now: number): boolean => time >= firstSound && time <= now + mostAhead;
