// The ledger as a whole: what may not be said twice, as entries, and the same entries as a table.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type LedgerEntry, ledgerEntrySchema } from './ledger.ts';
import { brokenBy, checkLedger } from './ledger-check.ts';
import { ledgerFromCsv, ledgerToCsv } from './ledger-csv.ts';

const entry = (given: Record<string, unknown>): LedgerEntry => ledgerEntrySchema.parse(given);
const certificate = (id: string, more: Record<string, unknown> = {}) =>
  entry({
    kind: 'certificate',
    id,
    generationYear: 2025,
    count: 400,
    retired: 0,
    tradable: true,
    technology: 'wind',
    ...more,
  });
const retirement = (id: string, count: number, of = 'gec') =>
  entry({ kind: 'retirement', id, certificate: of, count, forYear: 2025, date: '2026-01-10' });
const bill = (id: string, from: string, to: string, of: Record<string, unknown>) =>
  entry({ kind: 'booking', id, carrier: 'electricity', from, to, amount: 1, unit: 'MWh', ...of });
const fact = (id: string, name = 'building_area') =>
  entry({ kind: 'fact', id, name, year: 2025, value: 1, unit: 'm2' });

for (const [what, entries, expected] of [
  [
    'certificates retired twice',
    [certificate('gec', { retired: 300, retiredFor: 2025 }), retirement('r1', 101)],
    /gec: 401 are retired, 400 are held: some are retired twice/,
  ],
  ['a retirement of nothing', [retirement('r1', 1)], /r1: there is no certificate entry "gec"/],
  [
    'non-tradable certificates retired',
    [certificate('gec', { tradable: false }), retirement('r1', 1)],
    /gec: non-tradable certificates cannot be retired/,
  ],
  [
    'the same serials twice',
    [
      certificate('a', { serials: { series: 'W', from: 1, to: 400 } }),
      certificate('b', { serials: { series: 'W', from: 400, to: 799 } }),
    ],
    /b: its serials overlap those of a/,
  ],
  [
    'two contracts for the same certificates',
    [
      certificate('gec'),
      ...['c1', 'c2'].map((id) =>
        entry({
          kind: 'contract',
          id,
          seller: 's',
          year: 2025,
          amount: 1,
          unit: 'MWh',
          technology: 'pv',
          certificate: 'gec',
        }),
      ),
    ],
    /c2: certificate of a contract twice: c1 already has gec/,
  ],
  [
    'a contract for certificates that are not there',
    [
      entry({
        kind: 'contract',
        id: 'c1',
        seller: 's',
        year: 2025,
        amount: 1,
        unit: 'MWh',
        technology: 'pv',
        certificate: 'gec',
      }),
    ],
    /c1: there is no certificate entry "gec"/,
  ],
  ['a fact twice', [fact('a'), fact('b')], /b: fact twice: a already has building_area 2025; keep one/],
  [
    'two base years',
    [2020, 2021].map((year) => entry({ kind: 'base_year', id: `b${year}`, year, reason: 'x' })),
    /base year twice/,
  ],
  [
    'a saving of the same thing twice',
    ['m1', 'm2'].map((id) =>
      entry({
        kind: 'measure',
        id,
        title: { zh: 'x', en: 'x' },
        year: 2025,
        method: 'x',
        baseline: 'x',
        actsOn: 'compressors',
        saves: [{ carrier: 'electricity', amount: 1, unit: 'MWh' }],
      }),
    ),
    /m2: measure \(a saving of the same thing\) twice: m1 already has compressors electricity 2025/,
  ],
  [
    'an invoice booked twice',
    ['d1', 'd2'].map((id) =>
      entry({
        kind: 'booking',
        id,
        carrier: 'diesel',
        from: '2025-01-01',
        to: '2025-03-31',
        amount: 1,
        unit: 't',
        evidence: 'INV-1',
      }),
    ),
    /d2: booking of the same voucher twice/,
  ],
  [
    'two bills of one supply for the same days',
    [
      bill('jan', '2025-01-01', '2025-01-31', { supply: '0351' }),
      bill('other-supply', '2025-01-01', '2025-01-31', { supply: '0352' }),
      bill('winter', '2025-01-31', '2025-02-28', { supply: '0351' }),
    ],
    /winter: its days overlap those of jan \(0351\): the same energy is booked twice; mend the dates or drop one/,
  ],
  [
    'two bills of one meter for the same day',
    [
      bill('a', '2025-01-01', '2025-01-31', { meter: 'main' }),
      bill('b', '2025-01-31', '2025-02-28', { meter: 'main' }),
    ],
    /b: its days overlap those of a \(main\)/,
  ],
  ['an id twice', [fact('a'), fact('a', 'green_area')], /a: the id "a" is used twice/],
  [
    'evidence that had run out',
    [
      entry({
        kind: 'document',
        id: 'doc',
        title: 'x',
        type: 'certificate',
        sha256: 'a'.repeat(64),
        validTo: '2024-12-31',
      }),
      { ...fact('a'), evidence: 'doc' },
    ],
    /a: its evidence doc was not valid in 2025/,
  ],
] as const) {
  test(`${what} is told`, () => {
    const told = checkLedger(entries).map(({ id, text }) => `${id}: ${text.en}`);
    assert.equal(told.length, 1, told.join('\n'));
    assert.match(told[0] ?? '', expected);
    assert.deepEqual(checkLedger([...entries].reverse()), checkLedger(entries));
  });
}

test('a sound ledger has nothing to tell', () => {
  const entries = [
    certificate('gec', { retired: 100, retiredFor: 2024, serials: { series: 'W', from: 1, to: 400 } }),
    retirement('r1', 300),
    fact('a'),
    fact('b', 'green_area'),
  ];
  assert.deepEqual(checkLedger(entries), []);
});

for (const [what, given, path] of [
  [
    'negative production',
    { kind: 'production', id: 'p', product: 'steel', from: '2025-01-01', to: '2025-01-31', amount: -1, unit: 't' },
    'amount',
  ],
  [
    'production over New Year',
    { kind: 'production', id: 'p', product: 'steel', from: '2025-12-01', to: '2026-01-31', amount: 1, unit: 't' },
    'to',
  ],
  [
    'more retired than held',
    {
      kind: 'certificate',
      id: 'c',
      generationYear: 2025,
      count: 1,
      retired: 2,
      retiredFor: 2025,
      tradable: true,
      technology: 'pv',
    },
    'retired',
  ],
  [
    'serials that are not as many',
    {
      kind: 'certificate',
      id: 'c',
      generationYear: 2025,
      count: 5,
      retired: 0,
      tradable: true,
      technology: 'pv',
      serials: { series: 'W', from: 1, to: 4 },
    },
    'serials',
  ],
  [
    'diesel in GJ',
    { kind: 'booking', id: 'b', carrier: 'diesel', from: '2025-01-01', to: '2025-01-31', amount: 1, unit: 'GJ' },
    'unit',
  ],
  [
    'a fact in a unit that nobody knows',
    { kind: 'fact', id: 'f', name: 'x', year: 2025, value: 1, unit: 'acre' },
    'unit',
  ],
  [
    'an emission without an amount',
    { kind: 'emission', id: 'e', source: 'process', title: 'x', year: 2025, gas: 'CO2' },
    '',
  ],
  [
    'an emission whose activity and factor do not make a gas',
    {
      kind: 'emission',
      id: 'e',
      source: 'process',
      title: 'x',
      year: 2025,
      gas: 'CH4',
      activity: { amount: 1, unit: 't' },
      factor: { value: 1, unit: 'tCO2/t', source: 'x' },
    },
    '',
  ],
] as const) {
  test(`${what} is refused`, () => {
    const { error } = ledgerEntrySchema.safeParse(given);
    assert.deepEqual(
      error?.issues.map((issue) => issue.path.join('.')),
      [path],
    );
  });
}

test('a table of entries says the same as their YAML, with quotes, line ends of Excel, and clauses that look like numbers', () => {
  const { entries, problems } = ledgerFromCsv(
    '\uFEFFkind,id,pack,clause,year,met,by,evidence,note\r\nattestation,a1,tcace,4.1,2025,true,"Legal, HR",20250131,"says ""yes""\r\nand signs"\r\n\r\n',
    'l.csv',
  );
  assert.deepEqual(problems, []);
  assert.deepEqual(entries, [
    {
      kind: 'attestation',
      id: 'a1',
      pack: 'tcace',
      clause: '4.1',
      year: 2025,
      met: true,
      by: 'Legal, HR',
      evidence: '20250131',
      note: 'says "yes"\r\nand signs',
    },
  ]);
  const measures = ledgerFromCsv(
    'kind,id,title.zh,title.en,year,method,baseline,saves.0.carrier,saves.0.amount,saves.0.unit\nmeasure,m1,变频,drive,2025,GB/T 28750,2024,electricity,290,MWh\n',
    'l.csv',
  );
  assert.deepEqual(measures.entries[0], {
    kind: 'measure',
    id: 'm1',
    title: { zh: '变频', en: 'drive' },
    year: 2025,
    method: 'GB/T 28750',
    baseline: '2024',
    saves: [{ carrier: 'electricity', amount: 290, unit: 'MWh' }],
  });
});

test('a mistake in a table is located by its line and column', () => {
  const { problems } = ledgerFromCsv(
    'kind,id,name,year,value,unit\nfact,a,x,2025,1,m2\nfact,b,x,2025,-5,m2\nfact,c,x,2025,5,acre\nfact,d,x,2025,5,m2,more\n',
    'l.csv',
  );
  assert.deepEqual(
    problems.map(({ line, column, path }) => [line, column, path]),
    [
      [3, 5, 'value'],
      [4, 6, 'unit'],
      [5, 7, ''],
    ],
  );
});

const factor = (id: string, more: Record<string, unknown> = {}) =>
  entry({
    ...{ kind: 'factor', id, factor: 'heat', value: 0.1, unit: 'tCO2/GJ', from: 2026 },
    ...{ publisher: 'supplier', source: 'statement of the supplier', ...more },
  });

test('what a table calls its columns is only ever a name', () => {
  const told = (head: string, row: string) => ledgerFromCsv(`${head}\n${row}\n`, 'l.csv').problems;
  const fact = 'kind,id,name,year,value,unit';
  assert.equal(told(`${fact},__proto__.polluted`, 'fact,a,x,2025,1,m2,yes').length, 1);
  assert.equal(told(`${fact},constructor.prototype.polluted`, 'fact,a,x,2025,1,m2,yes').length, 1);
  assert.equal(Reflect.get({}, 'polluted'), undefined);
  const measure = 'kind,id,title.zh,title.en,year,method,baseline,saves.4000000000.carrier,saves.4000000000.amount';
  assert.deepEqual(
    told(measure, 'measure,m,变频,drive,2025,own,2024,electricity,5').map(({ path }) => path),
    ['saves.0.unit'],
  );
  for (const head of [`${fact},unit.more`, `unit.more,${fact}`, `${fact},value`, `${fact},unit,unit.more`])
    assert.match(told(head, 'fact,a,x,2025,1,m2,2,3')[0]?.text.en ?? '', /twice/, head);
});

test('a factor reaches into no closed or sealed year, not by a revision and not by being withdrawn', () => {
  const closing = entry({ kind: 'closing', id: 'c', year: 2025, factorsAsOf: '2026-01-15', by: 'li' });
  const said = (known: LedgerEntry[], added: LedgerEntry) => brokenBy(known, [added]).map(({ text }) => text.en);
  assert.deepEqual(said([closing], factor('f')), []);
  assert.match(said([closing], factor('f', { from: 2024 })).join(), /2025 is closed or sealed .* begins in 2026/);
  assert.deepEqual(said([closing], factor('f', { from: 2023, to: 2024 })), []);
  const standing = factor('f', { from: 2025 });
  assert.match(said([standing, closing], factor('f')).join(), /2025 is closed/);
  assert.match(said([standing, closing], { ...standing, withdrawn: true }).join(), /2025 is closed/);
  assert.deepEqual(said([standing], { ...standing, withdrawn: true }), []);
  const next = factor('g', { supersedes: 'f' });
  assert.deepEqual(said([standing, closing], next), []);
  assert.match(said([closing], next).join(), /what it supersedes/);
  assert.match(said([standing], factor('g', { supersedes: 'f', region: 'CN-SX' })).join(), /what it supersedes/);
});

test('what is withdrawn is checked as if it were not there', () => {
  const held = certificate('gec');
  assert.match(
    brokenBy([held, retirement('r', 1)], [{ ...held, withdrawn: true }])
      .map(({ text }) => text.en)
      .join(),
    /there is no certificate entry/,
  );
  assert.deepEqual(brokenBy([held, retirement('r', 1)], [{ ...retirement('r', 1), withdrawn: true }]), []);
});

test('what is written as a table is read as the same entries, and no cell is a formula', () => {
  const entries = [
    certificate('gec', { note: '=1+1', serials: { series: 'W,"x"', from: 1, to: 400 } }),
    entry({ kind: 'attestation', id: 'a', pack: 'tcace', clause: '4.1', year: 2025, met: true, by: '-li\n王' }),
    entry({
      kind: 'document',
      id: 'd',
      title: '2025',
      type: 'other',
      sha256: '0'.repeat(64),
      proves: [{ pack: 'p', clause: '1' }],
    }),
    factor('f'),
  ];
  const csv = ledgerToCsv(entries);
  assert.doesNotMatch(csv, /(^|,)"?[=+@]/m);
  assert.deepEqual(ledgerFromCsv(csv, 'x.csv'), { entries, lines: [2, 3, 5, 6], problems: [] });
});
