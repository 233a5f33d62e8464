// Owns the shape of what each workshop used.
import { z } from 'zod';

const amount = z.number().nullable();

export const workshopsAnswer = z.strictObject({
  /** The period so far: what has not been is not counted as a gap. */
  start: z.int(),
  end: z.int(),
  /** Most standby first. */
  workshops: z.array(
    z.strictObject({
      meter: z.string(),
      kWh: amount,
      coverage: z.number(),
      before: amount,
      standbyKW: amount,
      standbyKWh: amount,
    }),
  ),
});

export type WorkshopsAnswer = z.infer<typeof workshopsAnswer>;
