// Owns the names of the bands, in the order in which they replace each other.
import type { Text } from '../../core/text.ts';

/** Of two that hold at once the earlier one stands: sharp replaces peak, and deep valley replaces valley. */
export const bands = ['sharp', 'deep_valley', 'peak', 'valley', 'flat'] as const;
export type Band = (typeof bands)[number];

export const bandNames: Record<Band, Text> = {
  sharp: { zh: '尖峰', en: 'sharp peak' },
  peak: { zh: '高峰', en: 'peak' },
  flat: { zh: '平段', en: 'flat' },
  valley: { zh: '低谷', en: 'valley' },
  deep_valley: { zh: '深谷', en: 'deep valley' },
};
