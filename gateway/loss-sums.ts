// Owns adding up records of losses: one for each reason and kind, with the numbers of the batches that they stand for. Pure.
import type { Loss } from '../core/sample.ts';

/** From `from` on numbers stand for other batches: they must not tell that what was lost is stored. */
export const withoutNumbers = (loss: Loss, from: number): Loss => {
  const [first, last] = loss.batches ?? [from, from];
  return { ...loss, batches: first >= from ? null : [first, Math.min(last, from - 1)] };
};

/** The numbers of the records go with them: where no range tells of such a number anyway, it joins the range of its losses. */
export function addUpRecords(records: readonly { seq: number; lost: readonly Loss[] }[]): Loss[] {
  const sums = addUp(records.flatMap(({ lost }) => lost));
  const isTold = (seq: number) =>
    sums.some(({ batches }) => batches !== null && seq >= batches[0] && seq <= batches[1]);
  return addUp(
    records.flatMap(({ seq, lost }) =>
      isTold(seq)
        ? lost
        : lost.map((loss): Loss => {
            const [first, last] = loss.batches ?? [seq, seq];
            return { ...loss, batches: [Math.min(first, seq), Math.max(last, seq)] };
          }),
    ),
  );
}

/** One record for each reason and kind. */
export function addUp(losses: readonly Loss[]): Loss[] {
  const sums = new Map<string, Loss>();
  for (const loss of losses) {
    const name = `${loss.reason}/${loss.kind}`;
    const sum = sums.get(name);
    sums.set(name, sum === undefined ? { ...loss } : together(sum, loss));
  }
  return [...sums.values()];
}

const together = (a: Loss, b: Loss): Loss => ({
  reason: a.reason,
  kind: a.kind,
  readings: a.readings + b.readings,
  from: Math.min(a.from, b.from),
  to: Math.max(a.to, b.to),
  batches:
    a.batches === null || b.batches === null
      ? (a.batches ?? b.batches)
      : [Math.min(a.batches[0], b.batches[0]), Math.max(a.batches[1], b.batches[1])],
});
