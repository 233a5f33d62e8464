// Owns the names of the bands, in the order in which they replace each other.

/** Of two that hold at once the earlier one stands: sharp replaces peak, and deep valley replaces valley. */
export const bands = ['sharp', 'deep_valley', 'peak', 'valley', 'flat'] as const;
export type Band = (typeof bands)[number];
