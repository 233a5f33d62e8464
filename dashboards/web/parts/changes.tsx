// Owns what differs between two snapshots: each figure's change, parted by cause so that the parts add up to it.
import type { Text } from '../../../core/text.ts';
import type { Bridge, Cause } from '../../../snapshot/compare.ts';
import { exact, text, unitText } from '../format.ts';
import { worded } from '../words.ts';
import { CsvButton } from './csv.tsx';

export type ChangesAnswer = { causes: Record<Cause, Text>; changes: Bridge[] };

const words = worded(
  {
    title: '差别与原因',
    same: '没有任何数字不同',
    figure: '数字',
    from: '原值',
    to: '新值',
    why: '按原因分解（各项之和恰为总差）',
    open: '一端没有数值',
  },
  {
    title: 'What differs, and why',
    same: 'No figure differs',
    figure: 'Figure',
    from: 'Before',
    to: 'After',
    why: 'By cause (the parts add up to the change exactly)',
    open: 'one end has no value',
  },
);

export function Changes({ answer: { causes, changes } }: { answer: ChangesAnswer }) {
  const own = words.value;
  const told = ({ steps }: Bridge, write: (change: string) => string): string[] =>
    steps === null
      ? [own.open]
      : steps.map(
          ({ causes: which, detail, change }) =>
            `${which.map((one) => text(causes[one])).join(' + ')} (${text(detail)}) ${change.startsWith('-') ? '' : '+'}${write(change)}`,
        );
  return (
    <section class="changes" data-changes={changes.length}>
      <h2 class="group">{own.title}</h2>
      {changes.length === 0 ? (
        <p class="empty good">✓ {own.same}</p>
      ) : (
        <>
          <section class="scroll" tabIndex={0} aria-label={own.title}>
            <table>
              <thead>
                <tr>
                  <th>{own.figure}</th>
                  <th class="right">{own.from}</th>
                  <th class="right">{own.to}</th>
                  <th>{own.why}</th>
                </tr>
              </thead>
              <tbody>
                {changes.map((one) => (
                  <tr key={`${one.pack} ${one.id}`} data-changed={one.id}>
                    <td class="words">
                      {text(one.name)} <small>{one.id}</small>
                    </td>
                    <td class="right">{one.from === null ? '—' : exact(one.from)}</td>
                    <td class="right">
                      {one.to === null ? '—' : exact(one.to)} <i class="unit">{unitText(one.unit)}</i>
                    </td>
                    <td>
                      <ul title={told(one, String).join('; ')}>
                        {told(one, (change) => exact(Number(change))).map((line) => (
                          <li key={line}>{line}</li>
                        ))}
                      </ul>
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          </section>
          <p>
            <CsvButton
              name="changes"
              rows={() => [
                [own.figure, own.from, own.to, own.why],
                ...changes.map((one) => [one.id, one.from, one.to, told(one, String).join('; ')]),
              ]}
            />
          </p>
        </>
      )}
    </section>
  );
}
