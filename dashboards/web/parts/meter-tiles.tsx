// Owns a tile for each meter: its newest reading, greyed with its age when it is stale, empty when it is bad.
import { computed, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { PointId } from '../../../core/points.ts';
import { points } from '../../../core/points.ts';
import { levelOf, qualityOf, qualityText } from '../../../core/quality.ts';
import type { LiveFrame, SiteMeter } from '../../live-frame.ts';
import { age, compact, text, unitText } from '../format.ts';
import { frame, language, silence, site } from '../state.ts';
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

/** What of a tile changes from second to second: each goes into its place in the page by itself, and nothing is rendered for it. */
type Tile = {
  meter: SiteMeter;
  isNear: boolean;
  state: Signal<'fresh' | 'stale' | 'missing'>;
  look: ReadonlySignal<string>;
  number: Signal<string>;
  unit: Signal<string>;
  hint: Signal<string>;
};

const tiles = new Set<Tile>();

function tileOf(meter: SiteMeter): Tile {
  const state: Tile['state'] = signal('missing');
  const look = computed(() => `meter ${state.value}`);
  return { meter, isNear: true, state, look, number: signal(''), unit: signal(''), hint: signal('') };
}

function show({ meter, state, number, unit, hint }: Tile, now: LiveFrame | null, quiet: number): void {
  const readings = now?.meters[meter.id] ?? {};
  const point = shown.find((one) => readings[one] !== undefined);
  const reading = point === undefined ? undefined : readings[point];
  // Frames stop when the server is gone: what was fresh in the last one is not fresh any more.
  const old = now === null || reading === undefined ? 0 : now.now - reading.time + quiet;
  const bad = point === undefined || reading === undefined || levelOf(reading.quality) === 'bad';
  const reason = () =>
    reading === undefined ? say.value.missing : text(qualityText(qualityOf(reading.quality) ?? 'bad_decode'));
  const isStale = old > meter.staleAfter;
  state.value = bad ? 'missing' : isStale ? 'stale' : 'fresh';
  number.value = bad ? '—' : compact(reading.value);
  unit.value = bad ? '' : unitText(points[point].unit);
  hint.value = bad ? reason() : isStale ? words.value.age(age(old)) : '';
}

/** Tiles that nobody looks at follow more slowly: a thousand of them would keep the page from its reader. */
const slowEvery = 5_000;
let lastOfAll = 0;
let writtenIn = language.peek();
effect(() => {
  const [now, quiet] = [frame.value, silence.value];
  const isTurnOfAll = now === null || Math.abs(now.now - lastOfAll) >= slowEvery || quiet > 0;
  if (isTurnOfAll) lastOfAll = now?.now ?? 0;
  const isTurned = language.value !== writtenIn;
  writtenIn = language.value;
  for (const tile of tiles) if (tile.isNear || isTurnOfAll || isTurned) show(tile, now, quiet);
});

const tileAt = new WeakMap<Element, Tile>();
const looked = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      const tile = tileAt.get(target);
      if (tile === undefined) continue;
      tile.isNear = isIntersecting;
      if (isIntersecting) show(tile, frame.peek(), silence.peek());
    }
  },
  { rootMargin: '10%' },
);

function MeterTile({ meter }: { meter: SiteMeter }) {
  const cell = useRef<HTMLDivElement>(null);
  const tile = useMemo(() => tileOf(meter), [meter]);
  useLayoutEffect(() => {
    const { current } = cell;
    if (current === null) return;
    tileAt.set(current, tile);
    tiles.add(tile);
    show(tile, frame.peek(), silence.peek());
    looked.observe(current);
    return () => {
      looked.unobserve(current);
      tiles.delete(tile);
    };
  }, [tile]);
  const choices = { view: 'load', meter: meter.id, range: 'today' };
  return (
    <div ref={cell} class="meter-cell">
      <Link class={tile.look} data-meter={meter.id} data-state={tile.state} to={choices}>
        <h3>{text(meter.name)}</h3>
        <p class="figure">
          <span class="number">{tile.number}</span>
          <span class="unit">{tile.unit}</span>
        </p>
        <p class="hint">{tile.hint}</p>
      </Link>
    </div>
  );
}
