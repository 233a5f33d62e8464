// Owns one step of a trace: clause, formula, the same with its numbers, where it comes from, and what it is made of.
import type { Trace } from '../../../core/trace.ts';
import { clauseText, dateOf, exact, number, percent, text, unitText } from '../format.ts';
import { say, worded } from '../words.ts';
import { markWord } from './mark-chip.tsx';
import { MeterDays } from './meter-days.tsx';
import { regionName } from './region-words.ts';

const words = worded(
  {
    clause: '条款',
    formula: '公式',
    numbers: '代入',
    factor: '排放因子',
    fit: '适用性',
    source: '来源',
    ledger: '台账',
    evidence: '佐证',
    none: '无',
    register: '寄存器',
    slots: (count: number) => `${count} 个 15 分钟时段`,
    estimated: '其中估算',
    accuracy: '精度等级',
    notGiven: '未给出',
  },
  {
    clause: 'Clause',
    formula: 'Formula',
    numbers: 'In numbers',
    factor: 'Factor',
    fit: 'Fit',
    source: 'Source',
    ledger: 'Ledger',
    evidence: 'Evidence',
    none: 'none',
    register: 'Register',
    slots: (count) => `${count} slots of 15 min`,
    estimated: 'of it estimated',
    accuracy: 'Accuracy class',
    notGiven: 'not given',
  },
);

export function TraceNode({ node, depth, way }: { node: Trace; depth: number; way: number[] | undefined }) {
  return (
    <details
      class="node"
      open={depth < 1 || way !== undefined}
      {...(node.meter === undefined || way === undefined ? {} : { 'data-leaf': node.id })}
    >
      <summary>
        <span class="name">
          {text(node.name)} <small>{node.id}</small>
        </span>
        <b>
          {node.value === null ? say.value.missing : exact(node.value)} <i>{unitText(node.unit)}</i>
        </b>
      </summary>
      <dl>
        <Fact name={words.value.clause} value={node.clause && clauseText(node.clause)} />
        <Fact name={words.value.formula} value={node.formula} code />
        <Fact name={words.value.numbers} value={node.numbers} code />
        <Origin node={node} />
      </dl>
      {node.notes.map((note) => (
        <p key={note.zh} class="note">
          {text(note)}
        </p>
      ))}
      {node.meter !== undefined && way !== undefined && <MeterDays meter={node.meter} unit={node.unit} />}
      {node.parts.map((part, index) => (
        <TraceNode
          key={`${part.id}${index}`}
          node={part}
          depth={depth + 1}
          way={way?.[0] === index ? way.slice(1) : undefined}
        />
      ))}
    </details>
  );
}

function Fact({ name, value, code }: { name: string; value: string | undefined; code?: boolean }) {
  if (value === undefined || value === '') return null;
  return (
    <>
      <dt>{name}</dt>
      <dd>{code ? <code>{value}</code> : value}</dd>
    </>
  );
}

function Origin({ node: { factor, ledger, meter, coverage } }: { node: Trace }) {
  const { value: own } = words;
  if (factor !== undefined)
    return (
      <>
        <Fact
          name={own.factor}
          value={`${factor.factor} · ${regionName(factor.region)} · ${factor.publisher} ${factor.notice}`}
        />
        <Fact name={own.fit} value={text(factor.fit)} />
        <Fact name={own.source} value={`${markWord(factor.confidence)} · ${factor.source}`} />
      </>
    );
  if (ledger !== undefined)
    return (
      <>
        <Fact name={own.ledger} value={`${ledger.entry} #${ledger.revision} · ${ledger.hash.slice(0, 16)}…`} />
        <Fact name={own.evidence} value={ledger.evidence ?? own.none} />
      </>
    );
  if (meter === undefined) return null;
  return (
    <>
      <Fact name={say.value.meter} value={`${meter.meter} · ${meter.point}`} />
      <Fact name={own.register} value={meter.source} code />
      <Fact name={say.value.period} value={`${dateOf(meter.start)} – ${dateOf(meter.end - 1)}`} />
      <Fact
        name={say.value.coverage}
        value={`${percent(coverage, 2)} · ${own.slots(meter.slots)}${meter.estimated > 0 ? ` · ${own.estimated} ${number(meter.estimated)}` : ''}${meter.marks.length > 0 ? ` · ${meter.marks.join(' ')}` : ''}`}
      />
      <Fact name={own.accuracy} value={meter.accuracyClass === null ? own.notGiven : String(meter.accuracyClass)} />
    </>
  );
}
