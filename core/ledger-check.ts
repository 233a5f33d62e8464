// Owns the checks that reach across ledger entries: nothing retired, claimed or counted twice, nothing named that is not there.
import type { EntryOf, LedgerEntry, LedgerKind } from './ledger.ts';
import type { Text } from './text.ts';

/** What is wrong, at which entry. */
export type LedgerFinding = { id: string; text: Text };

export function checkLedger(entries: readonly LedgerEntry[]): LedgerFinding[] {
  const sorted = [...entries].sort((a, b) => (a.id < b.id ? -1 : 1));
  return [
    ...repeatedIds(sorted),
    ...checkRetirements(sorted),
    ...checkSerials(sorted),
    ...checkContracts(sorted),
    ...checkDocuments(sorted),
    ...twice(
      ofKind(sorted, 'attestation'),
      ({ pack, clause, year }) => `${pack} ${clause} ${year}`,
      '声明',
      'attestation',
    ),
    ...twice(
      ofKind(sorted, 'exemption'),
      ({ pack, indicator, year }) => `${pack} ${indicator} ${year}`,
      '豁免说明',
      'exemption',
    ),
    ...twice(ofKind(sorted, 'fact'), ({ name, year }) => `${name} ${year}`, '事实', 'fact'),
    ...twice(ofKind(sorted, 'base_year'), () => 'base_year', '基准年', 'base year'),
    ...twice(ofKind(sorted, 'closing'), ({ year }) => String(year), '关账', 'closing'),
    ...twice(
      ofKind(sorted, 'measure').flatMap((measure) =>
        measure.actsOn === undefined ? [] : measure.saves.map(({ carrier }) => ({ ...measure, carrier })),
      ),
      ({ actsOn, carrier, year }) => `${actsOn} ${carrier} ${year}`,
      '措施（同一对象的节约量）',
      'measure (a saving of the same thing)',
    ),
    ...twice(
      ofKind(sorted, 'booking').filter(({ evidence }) => evidence !== undefined),
      ({ carrier, evidence }) => `${carrier} ${evidence}`,
      '同一凭证的记账',
      'booking of the same voucher',
    ),
    ...checkBills(sorted),
  ];
}

/** What new entries would break; what is wrong already stays a matter of who verifies the ledger. */
export function brokenBy(known: readonly LedgerEntry[], added: readonly LedgerEntry[]): LedgerFinding[] {
  const ids = new Set(added.map(({ id }) => id));
  const before = new Set(checkLedger(known).map(({ id, text }) => `${id} ${text.en}`));
  const after = checkLedger([...known.filter(({ id }) => !ids.has(id)), ...added]);
  return after.filter(({ id, text }) => !before.has(`${id} ${text.en}`));
}

export const ofKind = <K extends LedgerKind>(entries: readonly LedgerEntry[], kind: K): EntryOf<K>[] =>
  entries.filter((entry): entry is EntryOf<K> => entry.kind === kind);

function repeatedIds(entries: readonly LedgerEntry[]): LedgerFinding[] {
  return entries.flatMap(({ id }, index) =>
    entries[index - 1]?.id === id
      ? [
          finding(
            id,
            `编号 “${id}” 重复：每条一个编号`,
            `the id "${id}" is used twice: each entry has an id of its own`,
          ),
        ]
      : [],
  );
}

const finding = (id: string, zh: string, en: string): LedgerFinding => ({ id, text: { zh, en } });

function twice<E extends { id: string }>(
  entries: readonly E[],
  keyOf: (entry: E) => string,
  zh: string,
  en: string,
): LedgerFinding[] {
  const first = new Map<string, string>();
  return entries.flatMap((entry) => {
    const key = keyOf(entry);
    const other = first.get(key);
    first.set(key, other ?? entry.id);
    if (other === undefined || other === entry.id) return [];
    return [
      finding(
        entry.id,
        `${zh}重复：${other} 已有 ${key}；请只留一条`,
        `${en} twice: ${other} already has ${key}; keep one of them`,
      ),
    ];
  });
}

function checkRetirements(entries: readonly LedgerEntry[]): LedgerFinding[] {
  const retirements = ofKind(entries, 'retirement');
  const holdings = new Map(ofKind(entries, 'certificate').map((holding) => [holding.id, holding]));
  const strays = retirements.flatMap(({ id, certificate }) =>
    holdings.has(certificate)
      ? []
      : [finding(id, `没有绿证条目 “${certificate}”`, `there is no certificate entry "${certificate}"`)],
  );
  const over = [...holdings.values()].flatMap((holding) => {
    const claimed = retirements
      .filter(({ certificate }) => certificate === holding.id)
      .reduce((sum, { count }) => sum + count, holding.retired);
    if (!holding.tradable && claimed > 0)
      return [
        finding(
          holding.id,
          '不可交易绿证不能核销：对应电量已由电表计入；请删去核销',
          'non-tradable certificates cannot be retired: the meter already counts their power; remove the retirement',
        ),
      ];
    if (claimed <= holding.count) return [];
    return [
      finding(
        holding.id,
        `核销 ${claimed} 个，仅持有 ${holding.count} 个：同一绿证被核销两次；请改小一笔核销，或补登所缺的绿证`,
        `${claimed} are retired, ${holding.count} are held: some are retired twice; lower a retirement, or enter the certificates that are missing`,
      ),
    ];
  });
  return [...strays, ...over];
}

function checkSerials(entries: readonly LedgerEntry[]): LedgerFinding[] {
  const ranges = ofKind(entries, 'certificate').flatMap(({ id, serials }) =>
    serials === undefined ? [] : [{ id, ...serials }],
  );
  return ranges.flatMap((range, index) => {
    const other = ranges.find(
      (one, before) => before < index && one.series === range.series && one.from <= range.to && range.from <= one.to,
    );
    if (other === undefined) return [];
    return [
      finding(
        range.id,
        `编号与 ${other.id} 重叠：同一绿证登记了两次`,
        `its serials overlap those of ${other.id}: the same certificates are entered twice`,
      ),
    ];
  });
}

function checkContracts(entries: readonly LedgerEntry[]): LedgerFinding[] {
  const contracts = ofKind(entries, 'contract').filter(({ certificate }) => certificate !== undefined);
  const known = new Set(ofKind(entries, 'certificate').map(({ id }) => id));
  return [
    ...contracts.flatMap(({ id, certificate = '' }) =>
      known.has(certificate)
        ? []
        : [finding(id, `没有绿证条目 “${certificate}”`, `there is no certificate entry "${certificate}"`)],
    ),
    ...twice(contracts, ({ certificate = '' }) => certificate, '合同对应的绿证', 'certificate of a contract'),
  ];
}

/** Two bills of one supply for the same day would count its energy twice. */
function checkBills(entries: readonly LedgerEntry[]): LedgerFinding[] {
  const bills = ofKind(entries, 'booking').filter(({ carrier }) => carrier.startsWith('electricity'));
  return bills.flatMap((bill, index) => {
    const other = bills.find(
      (one, before) =>
        before < index &&
        one.carrier === bill.carrier &&
        one.meter === bill.meter &&
        one.supply === bill.supply &&
        one.from <= bill.to &&
        bill.from <= one.to,
    );
    if (other === undefined) return [];
    return [
      finding(
        bill.id,
        `与 ${other.id} 的账期重叠（${bill.meter ?? bill.supply}）：同一电量记了两次；请改起止日期或删去一张`,
        `its days overlap those of ${other.id} (${bill.meter ?? bill.supply}): the same energy is booked twice; mend the dates or drop one`,
      ),
    ];
  });
}

/** Evidence that was not valid in the year that it stands for. */
function checkDocuments(entries: readonly LedgerEntry[]): LedgerFinding[] {
  const documents = new Map(ofKind(entries, 'document').map((document) => [document.id, document]));
  return entries.flatMap((entry) => {
    const document = documents.get(entry.evidence ?? '');
    if (document === undefined || !('year' in entry)) return [];
    const { validFrom = '', validTo = '9999' } = document;
    if (validTo >= `${entry.year}-01-01` && validFrom <= `${entry.year}-12-31`) return [];
    return [
      finding(
        entry.id,
        `佐证 ${document.id} 在 ${entry.year} 年无效（${validFrom}—${document.validTo ?? ''}）`,
        `its evidence ${document.id} was not valid in ${entry.year} (${validFrom} to ${document.validTo ?? ''})`,
      ),
    ];
  });
}
