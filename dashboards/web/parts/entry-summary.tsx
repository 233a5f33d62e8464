// Owns what an entry says in a line: its title, its amount with its unit, and what is left of a certificate.
import type { LedgerEntry } from '../../../core/ledger.ts';
import { points } from '../../../core/points.ts';
import type { Text } from '../../../core/text.ts';
import type { LedgerRow } from '../../api/answers/records.ts';
import { exact, number, text, unitText } from '../format.ts';
import { meterName } from '../standby-words.ts';
import { worded } from '../words.ts';
import { valueName } from './entry-words.ts';

const words = worded(
  {
    pieces: '个',
    held: '持有',
    retired: '已核销',
    left: '剩余',
    untradable: '不可交易，不能核销',
    met: '满足',
    notMet: '不满足',
    open: '有效',
    retiredFor: (year: number) => `核销用于 ${year}`,
    held2: '未核销',
    validTo: (day: string) => `有效期至 ${day}`,
  },
  {
    pieces: '',
    held: 'held',
    retired: 'retired',
    left: 'left',
    untradable: 'not tradable, cannot be retired',
    met: 'met',
    notMet: 'not met',
    open: 'in force',
    retiredFor: (year) => `retired for ${year}`,
    held2: 'not retired',
    validTo: (day) => `valid until ${day}`,
  },
);

/** `names`: what the standards call the things that an entry speaks of. */
export function titleOf(entry: LedgerEntry, names: Readonly<Record<string, Text>>): string {
  const called = (name: string): string => (names[name] === undefined ? name : text(names[name]));
  switch (entry.kind) {
    case 'certificate':
      return `${valueName(entry.technology)} ${entry.generationYear}`;
    case 'retirement':
      return entry.certificate;
    case 'contract':
      return `${entry.seller} · ${valueName(entry.technology)}`;
    case 'credit':
      return `${entry.program} ${entry.vintage}`;
    case 'measure':
      return text(entry.title);
    case 'booking':
      return valueName(entry.carrier);
    case 'production':
      return called(entry.product);
    case 'fact':
      return called(entry.name);
    case 'emission':
      return `${entry.title} · ${entry.gas}`;
    case 'attestation':
      return called(`${entry.pack} ${entry.clause}`);
    case 'exemption':
      return called(`${entry.pack} ${entry.indicator}`);
    case 'activity':
    case 'document':
      return entry.title;
    case 'base_year':
      return String(entry.year);
    case 'closing':
      return entry.by;
    case 'factor':
      return [valueName(entry.factor), entry.carrier === undefined ? '' : valueName(entry.carrier), entry.region]
        .filter((word) => word !== '')
        .join(' · ');
    case 'import':
      return entry.file;
    case 'correction':
      return `${meterName(entry.meter)} · ${text(points[entry.point].name)}`;
    case 'seal':
      return `${entry.from} – ${entry.to}`;
  }
}

function amountOf(entry: LedgerEntry): [value: number, unit: string] | null {
  switch (entry.kind) {
    case 'certificate':
    case 'retirement':
      return [entry.count, words.value.pieces];
    case 'credit':
      return [entry.tonnes, 'tCO₂e'];
    case 'contract':
    case 'booking':
    case 'production':
      return [entry.amount, unitText(entry.unit)];
    case 'fact':
      return [entry.value, unitText(entry.unit)];
    case 'emission':
      return entry.amount === undefined ? null : [entry.amount, entry.unit];
    case 'measure': {
      const [first] = entry.saves;
      return first === undefined ? null : [first.amount, unitText(first.unit)];
    }
    case 'factor':
      return entry.value === undefined ? null : [entry.value, unitText(entry.unit ?? '')];
    case 'import':
      return [entry.readings, ''];
    default:
      return null;
  }
}

export function Amount({ entry }: { entry: LedgerEntry }) {
  const amount = amountOf(entry);
  if (amount === null) return null;
  return (
    <>
      {exact(amount[0])} <small>{amount[1]}</small>
    </>
  );
}

export function EntryState({ row: { entry, holding } }: { row: LedgerRow }) {
  const { value: say } = words;
  if (holding !== null && entry.kind === 'certificate') {
    if (!entry.tradable) return <small>{say.untradable}</small>;
    const label = `${say.held} ${holding.held}, ${say.retired} ${holding.retired}, ${say.left} ${holding.left}`;
    return (
      <span class="holding">
        <span class="share" role="img" aria-label={label}>
          <i style={{ width: `${Math.min(100, (holding.retired / holding.held) * 100)}%` }} />
        </span>
        <small>
          {say.retired} {number(holding.retired)} · {say.left} {number(holding.left)}
        </small>
      </span>
    );
  }
  if (entry.kind === 'credit')
    return <small>{entry.retiredFor === undefined ? say.held2 : say.retiredFor(entry.retiredFor)}</small>;
  if (entry.kind === 'attestation')
    return (
      <span class={entry.met ? 'met' : 'not_met'}>
        <span class="state">{entry.met ? `✓ ${say.met}` : `✗ ${say.notMet}`}</span>
      </span>
    );
  if (entry.kind === 'document' && entry.validTo !== undefined) return <small>{say.validTo(entry.validTo)}</small>;
  return null;
}
