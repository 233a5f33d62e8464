// Owns the figures of the moment: power in use, grid, own generation, and what it emits per hour.
import { compact, number } from '../format.ts';
import { frame, silence, site } from '../state.ts';
import { say, worded } from '../words.ts';
import { goneAfter } from './head.tsx';
import { Link } from './link.tsx';

const words = worded(
  {
    power: '总用电功率',
    grid: '下网功率',
    toGrid: '上网功率',
    generation: '光伏功率',
    carbonRate: '碳排放速率',
    sources: { electricity: '电', fuel: '燃气', heat: '热' },
  },
  {
    power: 'Power in use',
    grid: 'From the grid',
    toGrid: 'To the grid',
    generation: 'PV output',
    carbonRate: 'Carbon rate',
    sources: { electricity: 'power', fuel: 'gas', heat: 'heat' },
  },
);

type TileProps = {
  id: string;
  label: string;
  value: number | null | undefined;
  unit: string;
  digits?: number;
  hint?: string;
  to: Record<string, string | null>;
};

export function Totals() {
  const own = words.value;
  const now = frame.value;
  const gone = silence.value >= goneAfter;
  const known = gone ? null : now;
  const exporting = (known?.grid ?? 0) < 0;
  const sources = (['electricity', 'fuel', 'heat'] as const).flatMap((source) => {
    const part = known?.carbon[source];
    return part === undefined ? [] : [`${own.sources[source]} ${compact(part)}`];
  });
  return (
    <section class="totals" aria-label={say.value.live}>
      <Tile
        id="consumption"
        label={own.power}
        value={known?.consumption}
        unit="kW"
        to={{ view: 'flow', range: 'today' }}
      />
      <Tile
        id="grid"
        label={exporting ? own.toGrid : own.grid}
        value={known?.grid == null ? null : Math.abs(known.grid)}
        unit="kW"
        to={{ view: 'load', range: 'today', meter: meterOf('grid') }}
      />
      <Tile
        id="generation"
        label={own.generation}
        value={known?.generation}
        unit="kW"
        to={{ view: 'load', range: 'today', meter: meterOf('generation') }}
      />
      <Tile
        id="carbon"
        label={own.carbonRate}
        value={known?.carbon.rate}
        unit="kgCO₂e/h"
        hint={sources.join(' · ')}
        to={{ view: 'carbon' }}
      />
    </section>
  );
}

const meterOf = (role: string): string | null => site.value?.meters.find((one) => one.role === role)?.id ?? null;

function Tile({ id, label, value, unit, digits, hint, to }: TileProps) {
  const missing = value === null || value === undefined;
  return (
    <Link to={to} class={missing ? 'tile missing' : 'tile'} data-total={id}>
      <h2>{label}</h2>
      <p class="figure">
        <span class="number">{digits === undefined ? compact(value) : number(value, digits)}</span>
        <span class="unit">{missing ? say.value.missing : unit}</span>
      </p>
      {hint !== undefined && <p class="hint">{hint}</p>}
    </Link>
  );
}
