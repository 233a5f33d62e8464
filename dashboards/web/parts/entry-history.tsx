// Owns the history of an entry: every revision with who, when, why and its hash, and what each changed.
import type { EntryHistory, LedgerList } from '../../api/answers/records.ts';
import { momentOf } from '../format.ts';
import { worded } from '../words.ts';
import { Answered } from './answered.tsx';
import { openPart } from './drawer.tsx';
import { fieldName, valueName } from './entry-words.ts';
import { writtenOf } from './form-fields.ts';

const words = worded(
  {
    revise: '修订',
    withdraw: '撤销',
    history: '修订历史',
    fields: '内容',
    withdrawn: '已撤销',
    by: '被以下条目引用',
    hash: '哈希',
    previous: '前一条',
    changed: '改动',
    entered: '登记',
    more: (count: number) => `另有 ${count} 个值`,
  },
  {
    revise: 'Revise',
    withdraw: 'Withdraw',
    history: 'History',
    fields: 'Content',
    withdrawn: 'withdrawn',
    by: 'Named by',
    hash: 'hash',
    previous: 'the one before',
    changed: 'changed',
    entered: 'entered',
    more: (count) => `and ${count} more values`,
  },
);

/** A correction has a value for each quarter of an hour. */
const mostShown = 40;
const label = (path: string): string =>
  path
    .split('.')
    .map((part) => (/^\d+$/.test(part) ? String(Number(part) + 1) : fieldName(part)))
    .join(' · ');

export function EntryHistoryView({ id, list }: { id: string; list: LedgerList }) {
  const { value: say } = words;
  return (
    <Answered<EntryHistory> path={`api/ledger/entries/${encodeURIComponent(id)}`}>
      {({ revisions, by }) => {
        const [newest] = revisions;
        if (newest === undefined) return null;
        const { kind, ...said } = newest.entry;
        const written = Object.entries(writtenOf(said)).filter(([path]) => path !== 'withdrawn'); // said above
        const mayRevise =
          list.may.enter &&
          !newest.withdrawn &&
          list.kinds.find((one) => one.kind === kind)?.entered === true &&
          (list.may.manage || (kind !== 'factor' && kind !== 'closing'));
        return (
          <div class="history" data-history={id}>
            {newest.withdrawn && <p class="warning">{say.withdrawn}</p>}
            <h3 class="group">{say.fields}</h3>
            <dl class="content">
              {written.slice(0, mostShown).map(([path, value]) => (
                <div key={path}>
                  <dt>{label(path)}</dt>
                  <dd>{path === 'id' ? value : valueName(value)}</dd>
                </div>
              ))}
            </dl>
            {written.length > mostShown && <p class="hint">{say.more(written.length - mostShown)}</p>}
            {mayRevise && (
              <p class="actions">
                <button type="button" class="primary" onClick={() => openPart(`revise:${id}`)}>
                  {say.revise}
                </button>
                <button type="button" onClick={() => openPart(`withdraw:${id}`)}>
                  {say.withdraw}
                </button>
              </p>
            )}
            {by.length > 0 && (
              <p class="hint">
                {say.by}{' '}
                {by.map((one) => (
                  <button key={one} type="button" class="link inline" onClick={() => openPart(`entry:${one}`)}>
                    <span>{one}</span>
                  </button>
                ))}
              </p>
            )}
            <h3 class="group">{say.history}</h3>
            <ol class="revisions">
              {revisions.map((revision, index) => {
                const before = revisions[index + 1];
                return (
                  <li key={revision.number} data-revision={revision.number}>
                    <p>
                      <b>#{revision.number}</b> {revision.author} <small>{momentOf(revision.at)}</small>{' '}
                      {revision.withdrawn && <span class="mark not_met">{say.withdrawn}</span>}
                    </p>
                    <p>{revision.reason}</p>
                    {before !== undefined && <Differences from={before.entry} to={revision.entry} />}
                    <p class="hint">
                      <code title={revision.hash}>{revision.hash.slice(0, 24)}…</code>{' '}
                      <span class="nowrap">
                        ← {say.previous} <code>{revision.previous.slice(0, 8)}…</code>
                      </span>
                    </p>
                  </li>
                );
              })}
            </ol>
          </div>
        );
      }}
    </Answered>
  );
}

function Differences({ from, to }: { from: unknown; to: unknown }) {
  const [before, after] = [writtenOf(from), writtenOf(to)];
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (path) => before[path] !== after[path] && path !== 'withdrawn',
  );
  return (
    <ul class="differences">
      {paths.slice(0, mostShown).map((path) => (
        <li key={path}>
          <small>{label(path)}</small> {before[path] !== undefined && <del>{valueName(before[path])}</del>}{' '}
          {after[path] !== undefined && <ins>{valueName(after[path])}</ins>}
        </li>
      ))}
    </ul>
  );
}
