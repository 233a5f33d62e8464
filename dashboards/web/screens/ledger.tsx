// Owns the ledger's screen: what is entered, by kind and year, with its state; entries open in a drawer.
import type { LedgerList, LedgerRow } from '../../api/answers/records.ts';
import { go, written } from '../address.ts';
import { dateOf, hourOf, isoDay, number, text } from '../format.ts';
import { Answered } from '../parts/answered.tsx';
import { Drawer, openedPart, openPart } from '../parts/drawer.tsx';
import { EntryEditor } from '../parts/entry-editor.tsx';
import { EntryHistoryView } from '../parts/entry-history.tsx';
import { Amount, EntryState, titleOf } from '../parts/entry-summary.tsx';
import { kindName } from '../parts/entry-words.ts';
import type { JsonSchema } from '../parts/form-fields.ts';
import { writtenOf } from '../parts/form-fields.ts';
import { LedgerImport } from '../parts/ledger-import.tsx';
import { ask, frame, site } from '../state.ts';
import { worded } from '../words.ts';

const words = worded(
  {
    title: '台账',
    hint: '表计之外的事实；只追加，逐条以哈希相连',
    whole: (count: string) => `链完整 · ${count} 条修订`,
    broken: '链已断：内容被改动过，请从备份恢复',
    head: '末条',
    all: '全部',
    years: '年份',
    kinds: '类别',
    add: '登记…',
    import: '导入',
    entry: '条目',
    amount: '数量',
    year: '年份',
    state: '状态',
    evidence: '佐证',
    written: '登记',
    revisions: (count: number) => `${count} 次修订`,
    none: '没有这类条目',
    findings: '需要处理',
    new: (kind: string) => `登记：${kind}`,
    revise: (id: string) => `修订 ${id}`,
    withdraw: (id: string) => `撤销 ${id}`,
    readOnly: '登录后（操作员及以上）可以登记、修订和导入。',
  },
  {
    title: 'Ledger',
    hint: 'facts that no meter reads; it only grows, each entry chained to the one before by its hash',
    whole: (count) => `chain whole · ${count} revisions`,
    broken: 'The chain is broken: something was altered; restore it from a backup',
    head: 'head',
    all: 'All',
    years: 'Years',
    kinds: 'Kinds',
    add: 'Enter…',
    import: 'Import',
    entry: 'Entry',
    amount: 'Amount',
    year: 'Year',
    state: 'State',
    evidence: 'Evidence',
    written: 'Written',
    revisions: (count) => `${count} revisions`,
    none: 'There are no such entries',
    findings: 'To be settled',
    new: (kind) => `Enter: ${kind}`,
    revise: (id) => `Revise ${id}`,
    withdraw: (id) => `Withdraw ${id}`,
    readOnly: 'Sign in as an operator or above to enter, revise and import.',
  },
);

const kind = written('kind');
const year = written('ledgerYear');

export function LedgerScreen() {
  return (
    <section class="records">
      <h1 class="title">
        {words.value.title} <small>{words.value.hint}</small>
      </h1>
      <Answered<LedgerList> path="api/ledger">{(list) => <Entries list={list} />}</Answered>
    </section>
  );
}

function Entries({ list }: { list: LedgerList }) {
  const { value: say } = words;
  const { may, chain, findings, kinds, years, rows } = list;
  const chosenYear = years.find((one) => String(one) === year.value);
  const shown = rows.filter(
    ({ entry, years: own }) =>
      (kind.value === null || entry.kind === kind.value) && (chosenYear === undefined || own.includes(chosenYear)),
  );
  return (
    <>
      <p class={`chain ${chain.whole ? 'met' : 'not_met'}`} data-chain={chain.whole ? 'whole' : 'broken'}>
        <span class="state">{chain.whole ? `✓ ${say.whole(number(chain.revisions))}` : `✗ ${say.broken}`}</span>{' '}
        {chain.head !== null && (
          <small>
            {say.head} <code title={chain.head}>{chain.head.slice(0, 12)}…</code>
          </small>
        )}
      </p>
      {findings.length > 0 && (
        <section class="callout unknown">
          <h2>{say.findings}</h2>
          <ul>
            {findings.map(({ id, text: what }) => (
              <li key={`${id}${what.en}`}>
                <button type="button" class="link" onClick={() => openPart(`entry:${id}`)}>
                  <span>{id}</span>
                </button>{' '}
                {text(what)}
              </li>
            ))}
          </ul>
        </section>
      )}
      <div class="toolbar">
        <fieldset class="choices">
          <legend class="hidden">{say.kinds}</legend>
          <button type="button" aria-pressed={kind.value === null} onClick={() => go({ kind: null })}>
            {say.all}
          </button>
          {kinds
            .filter(({ count }) => count > 0)
            .map(({ kind: one, count }) => (
              <button key={one} type="button" aria-pressed={kind.value === one} onClick={() => go({ kind: one })}>
                {kindName(one)} <small>{count}</small>
              </button>
            ))}
        </fieldset>
        <fieldset class="choices">
          <legend class="hidden">{say.years}</legend>
          <button type="button" aria-pressed={chosenYear === undefined} onClick={() => go({ ledgerYear: null })}>
            {say.all}
          </button>
          {years.map((one) => (
            <button
              key={one}
              type="button"
              aria-pressed={one === chosenYear}
              onClick={() => go({ ledgerYear: String(one) })}
            >
              {one}
            </button>
          ))}
        </fieldset>
        <p class="deeds">
          {may.enter && (
            <select
              aria-label={say.add}
              value=""
              onChange={(event) => event.currentTarget.value !== '' && openPart(`new:${event.currentTarget.value}`)}
            >
              <option value="">{say.add}</option>
              {kinds
                .filter(({ kind: one, entered }) => entered && one !== 'document' && (one !== 'closing' || may.manage))
                .filter(({ kind: one }) => one !== 'factor' || may.manage)
                .map(({ kind: one }) => (
                  <option key={one} value={one}>
                    {kindName(one)}
                  </option>
                ))}
            </select>
          )}
          {may.enter && (
            <button type="button" onClick={() => openPart('import')}>
              {say.import}
            </button>
          )}
          <a class="button" href={`api/ledger/export.csv${kind.value === null ? '' : `?kind=${kind.value}`}`} download>
            CSV
          </a>
        </p>
      </div>
      {!may.enter && <p class="hint">{say.readOnly}</p>}
      {shown.length === 0 ? <p class="empty">{say.none}</p> : <Table rows={shown} names={list.names} />}
      <Opened list={list} />
    </>
  );
}

function Table({ rows, names }: Pick<LedgerList, 'rows' | 'names'>) {
  const { value: say } = words;
  return (
    <section class="scroll" tabIndex={0} aria-label={say.title}>
      <table class="entries">
        <thead>
          <tr>
            <th>{say.entry}</th>
            <th class="right">{say.amount}</th>
            <th>{say.year}</th>
            <th>{say.state}</th>
            <th>{say.evidence}</th>
            <th>{say.written}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.entry.id} data-entry={row.entry.id}>
              <td class="wide">
                <button type="button" class="link" onClick={() => openPart(`entry:${row.entry.id}`)}>
                  <span>{titleOf(row.entry, names)}</span>
                </button>
                <small>
                  {kindName(row.entry.kind)} · {row.entry.id}
                </small>
              </td>
              <td class="right">
                <Amount entry={row.entry} />
              </td>
              <td>{spanOf(row.years)}</td>
              <td>
                <EntryState row={row} />
              </td>
              <td>
                <small>{row.entry.evidence ?? '—'}</small>
              </td>
              <td>
                <small>
                  {row.author} · {dateOf(row.at)}
                  {row.revisions > 1 && ` · ${say.revisions(row.revisions)}`}
                </small>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}

const spanOf = (years: readonly number[]): string =>
  years.length === 0 ? '' : years.length === 1 ? String(years[0]) : `${years[0]}–${years.at(-1)}`;

/** entry:<id>, revise:<id>, withdraw:<id>, new:<kind>, import */
function Opened({ list }: { list: LedgerList }) {
  const [what = '', name = ''] = (openedPart.value ?? '').split(':');
  const { value: say } = words;
  if (what === 'import' && list.may.enter)
    return (
      <Drawer title={say.import}>
        <LedgerImport />
      </Drawer>
    );
  const row = list.rows.find(({ entry }) => entry.id === name);
  if (what === 'entry')
    return (
      <Drawer
        title={row === undefined ? name : titleOf(row.entry, list.names)}
        hint={row === undefined ? name : `${kindName(row.entry.kind)} · ${name}`}
      >
        <EntryHistoryView id={name} list={list} />
      </Drawer>
    );
  if (!list.may.enter) return null;
  if (what === 'new')
    return (
      <Drawer title={say.new(kindName(name))}>
        <Editor kind={name} row={undefined} withdraw={false} list={list} />
      </Drawer>
    );
  if ((what === 'revise' || what === 'withdraw') && row !== undefined)
    return (
      <Drawer title={say[what](name)} hint={kindName(row.entry.kind)}>
        <Editor key={row.number} kind={row.entry.kind} row={row} withdraw={what === 'withdraw'} list={list} />
      </Drawer>
    );
  return null;
}

type Forms = Record<string, JsonSchema>;

function Editor(props: { kind: string; row: LedgerRow | undefined; withdraw: boolean; list: LedgerList }) {
  const { kind: which, row, withdraw, list } = props;
  const schema = ask<Forms>('api/ledger/forms').value.data?.[which];
  if (schema === undefined) return null;
  const before = row === undefined ? {} : without(writtenOf(row.entry), 'kind');
  return (
    <EntryEditor
      kind={which}
      schema={schema}
      start={row === undefined ? { id: newId(which) } : before}
      before={before}
      revises={row?.number ?? null}
      withdraw={withdraw}
      suggestions={suggestionsFrom(list)}
    />
  );
}

const without = ({ ...all }: Record<string, string>, name: string): Record<string, string> => {
  delete all[name];
  return all;
};

/** A beginning that nobody else has; people choose better ones. */
export function newId(which: string): string {
  const now = frame.peek()?.now ?? Date.now();
  const [day = '', time] = [isoDay(now)?.replaceAll('-', ''), hourOf(now).replace(':', '')];
  return `${which.replace('_', '-')}-${day}-${time}`;
}

export function suggestionsFrom({ rows }: Pick<LedgerList, 'rows'>): Record<string, string[]> {
  const ids = (which: string) => rows.flatMap(({ entry }) => (entry.kind === which ? [entry.id] : []));
  const facts = rows.flatMap(({ entry }) => (entry.kind === 'fact' ? [entry.name] : []));
  return {
    certificate: ids('certificate'),
    evidence: ids('document'),
    supersedes: ids('factor'),
    pack: site.value?.packs.map(({ id }) => id) ?? [],
    name: [...new Set(facts)],
  };
}
