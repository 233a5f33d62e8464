// Owns the trace of a figure: its formula with numbers, then factors, ledger entries, and the meters it stands on, each one step away.
import { useEffect, useRef } from 'preact/hooks';
import type { Trace } from '../../../core/trace.ts';
import { findTrace, leavesOf } from '../../../core/trace.ts';
import type { CarbonReport } from '../../../scoring/carbon/report.ts';
import type { Score } from '../../../scoring/score.ts';
import { go, written } from '../address.ts';
import { exact, text, unitText } from '../format.ts';
import { scoreAddress } from '../screens/score.tsx';
import { ask, opened, screen } from '../state.ts';
import { say, worded } from '../words.ts';
import { walk } from './drawer-keys.ts';
import { TraceNode } from './trace-node.tsx';

const words = worded(
  { trace: '溯源', standsOn: '所依据的表计', keys: '↑ ↓ 移动，← → 收起展开，Esc 关闭' },
  { trace: 'Trace', standsOn: 'Meters it stands on', keys: '↑ ↓ move, ← → close and open, Esc leaves' },
);

const leaf = written('leaf');
const close = () => go({ trace: null, leaf: null, day: null });

/** What can be opened on the screen that is shown. */
function rootsShown(): Trace[] {
  const address = scoreAddress();
  if (address === null) return [];
  const { pack, year } = address;
  if (screen.value === 'carbon') return ask<CarbonReport>(`api/carbon/${year}`).value.data?.traces ?? [];
  const score = ask<Score>(`api/score/${pack}/${year}`).value.data;
  if (score === null) return [];
  return [...score.indicators.map(({ trace }) => trace), ...score.reported, ...Object.values(score.account)];
}

function rootOf(roots: readonly Trace[], id: string | null): Trace | undefined {
  if (id === null) return undefined;
  return (
    roots.find((one) => one.id === id) ?? roots.map((one) => findTrace(one, id)).find((found) => found !== undefined)
  );
}

/** The way down to a leaf, as the numbers of the parts. */
function wayTo(node: Trace, id: string | null): number[] | undefined {
  if (node.id === id) return [];
  for (const [index, part] of node.parts.entries()) {
    const way = wayTo(part, id);
    if (way !== undefined) return [index, ...way];
  }
  return undefined;
}

export function TraceDrawer() {
  const dialog = useRef<HTMLDialogElement>(null);
  const root = rootOf(rootsShown(), opened.value);
  useEffect(() => {
    if (root !== undefined && dialog.current?.open === false) dialog.current.showModal();
    if (root === undefined) dialog.current?.close();
  }, [root === undefined]);
  useEffect(() => {
    if (leaf.value !== null)
      dialog.current?.querySelector(`[data-leaf="${CSS.escape(leaf.value)}"]`)?.scrollIntoView({ block: 'start' });
  }, [leaf.value, root]);
  return (
    <dialog
      ref={dialog}
      class="drawer"
      onClose={close}
      onKeyDown={walk}
      onClick={(event) => event.target === dialog.current && close()}
      aria-label={words.value.trace}
    >
      {root !== undefined && <Content root={root} />}
    </dialog>
  );
}

function Content({ root }: { root: Trace }) {
  const meters = new Map(
    [...leavesOf(root)].flatMap((one) => (one.meter === undefined ? [] : [[one.id, one] as const])),
  );
  return (
    <>
      <div class="drawer-head">
        <div>
          <h2>{text(root.name)}</h2>
          <p class="hint">
            {root.id} · <kbd>{words.value.keys}</kbd>
          </p>
        </div>
        <p class="figure">
          <b class="number">{root.value === null ? '—' : exact(root.value)}</b>{' '}
          <span class="unit">{unitText(root.unit)}</span>
        </p>
        <button type="button" onClick={close}>
          {say.value.close}
        </button>
      </div>
      {meters.size > 0 && (
        <nav class="stands-on" aria-label={words.value.standsOn}>
          <span class="hint">{words.value.standsOn}</span>
          {[...meters.values()].map((one) => (
            <button
              key={one.id}
              type="button"
              data-meter-leaf={one.id}
              aria-pressed={leaf.value === one.id}
              onClick={() => go({ leaf: one.id })}
            >
              {text(one.name)}
            </button>
          ))}
        </nav>
      )}
      <TraceNode key={root.id} node={root} depth={0} way={wayTo(root, leaf.value)} />
    </>
  );
}
