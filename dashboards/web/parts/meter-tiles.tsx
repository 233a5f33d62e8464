// Owns a tile for each meter: its newest reading, greyed with its age when it is stale, empty when it is bad.
import { effect, signal, useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { PointId } from '../../../core/points.ts';
import { points } from '../../../core/points.ts';
import { levelOf, qualityOf, qualityText } from '../../../core/quality.ts';
import type { LiveFrame, SiteMeter } from '../../live-frame.ts';
import { age, compact, text, unitText } from '../format.ts';
import { frame, silence, site } from '../state.ts';
import { say, worded } from '../words.ts';
import { Link } from './link.tsx';

const words = worded(
  { meters: '表计', age: (text: string) => `${text}前的读数` },
  { meters: 'Meters', age: (text) => `read ${text} ago` },
);

/** What a tile shows first, whatever else the meter measures. */
const shown: readonly PointId[] = ['power', 'gas_flow', 'heat_power', 'water_flow'];

export function MeterTiles() {
  return (
    <section>
      <h2 class="group">{words.value.meters}</h2>
      <div class="meters">
        {site.value?.meters.map((meter) => (
          <MeterTile key={meter.id} meter={meter} />
        ))}
      </div>
    </section>
  );
}

/** Tiles that nobody looks at follow more slowly: a thousand of them would keep the page from its reader. */
const slowEvery = 5_000;
const slow = signal<LiveFrame | null>(null);
effect(() => {
  const now = frame.value;
  const last = slow.peek();
  if (now === null || last === null || now.now - last.now >= slowEvery) slow.value = now;
});

const onLook = new WeakMap<Element, (isNear: boolean) => void>();
const looked = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) onLook.get(target)?.(isIntersecting);
  },
  { rootMargin: '25%' },
);

function MeterTile({ meter }: { meter: SiteMeter }) {
  const cell = useRef<HTMLDivElement>(null);
  const isNear = useSignal(true);
  useEffect(() => {
    const { current } = cell;
    if (current === null) return;
    onLook.set(current, (is) => {
      isNear.value = is;
    });
    looked.observe(current);
    return () => looked.unobserve(current);
  }, []);
  const now = isNear.value ? frame.value : slow.value;
  const points_ = now?.meters[meter.id] ?? {};
  const point = shown.find((one) => points_[one] !== undefined);
  const reading = point === undefined ? undefined : points_[point];
  // Frames stop when the server is gone: what was fresh in the last one is not fresh any more.
  const old = now === null || reading === undefined ? 0 : now.now - reading.time + silence.value;
  const bad = reading === undefined || levelOf(reading.quality) === 'bad';
  const state = bad ? 'missing' : old > meter.staleAfter ? 'stale' : 'fresh';
  const unit = point === undefined ? '' : points[point].unit;
  const reason =
    reading === undefined ? say.value.missing : text(qualityText(qualityOf(reading.quality) ?? 'bad_decode'));
  const choices = { view: 'load', meter: meter.id, range: 'today' };
  return (
    <div ref={cell} class="meter-cell">
      <Link class={`meter ${state}`} data-meter={meter.id} data-state={state} to={choices}>
        <h3>{text(meter.name)}</h3>
        <p class="figure">
          <span class="number">{bad ? '—' : compact(reading?.value)}</span>
          <span class="unit">{bad ? '' : unitText(unit)}</span>
        </p>
        {state !== 'fresh' && <p class="hint">{bad ? reason : words.value.age(age(old))}</p>}
      </Link>
    </div>
  );
}
