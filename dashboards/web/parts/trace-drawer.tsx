// Owns the trace of a figure: formula, numbers, factors, ledger entries, and meters down to their readings.
import { useEffect, useRef } from 'preact/hooks';
import type { Trace } from '../../../core/trace.ts';
import { findTrace } from '../../../core/trace.ts';
import { dateOf, exact, number, percent, text } from '../format.ts';
import { opened, say, score } from '../state.ts';
import { MeterDays } from './meter-days.tsx';

export function TraceDrawer() {
  const dialog = useRef<HTMLDialogElement>(null);
  const words = say.value;
  const id = opened.value;
  const roots =
    score.value === null
      ? []
      : [...score.value.indicators.map(({ trace }) => trace), ...Object.values(score.value.account)];
  const root = id === null ? undefined : roots.map((one) => findTrace(one, id)).find((found) => found !== undefined);
  useEffect(() => {
    if (root !== undefined) dialog.current?.showModal();
    else dialog.current?.close();
  }, [root]);
  const close = () => {
    opened.value = null;
  };
  return (
    <dialog ref={dialog} class="drawer" onClose={close} aria-label={words.open}>
      {root !== undefined && (
        <>
          <div class="drawer-head">
            <h2>
              {text(root.name)} <small>{root.id}</small>
            </h2>
            <button type="button" onClick={close}>
              {words.close}
            </button>
          </div>
          <Node key={root.id} node={root} depth={0} />
        </>
      )}
    </dialog>
  );
}

function Node({ node, depth }: { node: Trace; depth: number }) {
  const words = say.value;
  return (
    <details class="node" open={depth < 2}>
      <summary>
        <span class="name">
          {text(node.name)} <small>{node.id}</small>
        </span>
        <b>
          {node.value === null ? words.missing : exact(node.value)} {node.unit === '1' ? '' : node.unit}
        </b>
      </summary>
      <dl>
        <Fact name={words.clause} value={node.clause} />
        <Fact name={words.formula} value={node.formula} code />
        <Fact name={words.numbers} value={node.numbers} code />
        <Origin node={node} />
      </dl>
      {node.notes.map((note) => (
        <p key={note.zh} class="note">
          {text(note)}
        </p>
      ))}
      {node.meter !== undefined && <MeterDays meter={node.meter} unit={node.unit} />}
      {node.parts.map((part, index) => (
        <Node key={`${part.id}${index}`} node={part} depth={depth + 1} />
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
  const words = say.value;
  if (factor !== undefined) {
    return (
      <>
        <Fact
          name={words.factor}
          value={`${factor.factor} · ${factor.region} · ${factor.publisher} ${factor.notice}`}
        />
        <Fact name={words.fit} value={text(factor.fit)} />
        <Fact name={words.confidence} value={`${factor.confidence} · ${factor.source}`} />
      </>
    );
  }
  if (ledger !== undefined) {
    return (
      <>
        <Fact name={words.ledger} value={`${ledger.entry} #${ledger.revision} · ${ledger.hash.slice(0, 16)}…`} />
        <Fact name={words.evidence} value={ledger.evidence ?? words.gateless} />
      </>
    );
  }
  if (meter === undefined) return null;
  return (
    <>
      <Fact name={words.meter} value={`${meter.meter} · ${meter.point} · ${meter.source}`} />
      <Fact name={words.period} value={`${dateOf(meter.start)} – ${dateOf(meter.end - 1)}`} />
      <Fact
        name={words.coverage}
        value={`${percent(coverage, 2)} · ${words.slots(meter.slots)}${meter.estimated > 0 ? ` · ${words.estimated} ${number(meter.estimated)}` : ''}${meter.marks.length > 0 ? ` · ${meter.marks.join(' ')}` : ''}`}
      />
    </>
  );
}
