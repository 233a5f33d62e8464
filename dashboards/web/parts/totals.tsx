// Owns the figures of the moment: power in use, grid, own generation, and what it emits per hour.
import { compact, number } from '../format.ts';
import { frame, say, silence } from '../state.ts';

type TileProps = {
  id: string;
  label: string;
  value: number | null | undefined;
  unit: string;
  digits?: number;
  hint?: string;
};

export function Totals() {
  const words = say.value;
  const now = frame.value;
  const gone = silence.value > 10_000;
  const known = gone ? null : now;
  const exporting = (known?.grid ?? 0) < 0;
  const sources = (['electricity', 'fuel', 'heat'] as const).flatMap((source) => {
    const part = known?.carbon[source];
    return part === undefined ? [] : [`${words.carbonSources[source]} ${compact(part)}`];
  });
  return (
    <section class="totals" aria-label={words.live}>
      <Tile id="consumption" label={words.power} value={known?.consumption} unit="kW" />
      <Tile
        id="grid"
        label={exporting ? words.toGrid : words.grid}
        value={known?.grid == null ? null : Math.abs(known.grid)}
        unit="kW"
      />
      <Tile id="generation" label={words.generation} value={known?.generation} unit="kW" />
      <Tile
        id="carbon"
        label={words.carbonRate}
        value={known?.carbon.rate}
        unit="kgCO₂e/h"
        hint={sources.join(' · ')}
      />
    </section>
  );
}

function Tile({ id, label, value, unit, digits, hint }: TileProps) {
  const missing = value === null || value === undefined;
  return (
    <div class={missing ? 'tile missing' : 'tile'} data-total={id}>
      <h2>{label}</h2>
      <p class="figure">
        <span class="number">{digits === undefined ? compact(value) : number(value, digits)}</span>
        <span class="unit">{missing ? say.value.missing : unit}</span>
      </p>
      {hint !== undefined && <p class="hint">{hint}</p>}
    </div>
  );
}
