// Owns a tile for each meter: its newest reading, greyed with its age when it is stale, empty when it is bad.
import type { PointId } from '../../../core/points.ts';
import { points } from '../../../core/points.ts';
import { levelOf, qualityOf, qualityText } from '../../../core/quality.ts';
import type { SiteMeter } from '../../live-frame.ts';
import { age, compact, text } from '../format.ts';
import { frame, say, silence, site } from '../state.ts';

/** What a tile shows first, whatever else the meter measures. */
const shown: readonly PointId[] = ['power', 'gas_flow', 'heat_power', 'water_flow'];

const unitNames: Record<string, string> = { Nm3: 'Nm³', 'Nm3/h': 'Nm³/h', m3: 'm³', 'm3/h': 'm³/h' };

export function MeterTiles() {
  const words = say.value;
  return (
    <section class="panel">
      <h2>{words.meters}</h2>
      <div class="meters">
        {site.value?.meters.map((meter) => (
          <MeterTile key={meter.id} meter={meter} />
        ))}
      </div>
    </section>
  );
}

function MeterTile({ meter }: { meter: SiteMeter }) {
  const words = say.value;
  const now = frame.value;
  const points_ = now?.meters[meter.id] ?? {};
  const point = shown.find((one) => points_[one] !== undefined);
  const reading = point === undefined ? undefined : points_[point];
  // Frames stop when the server is gone: what was fresh in the last one is not fresh any more.
  const old = now === null || reading === undefined ? 0 : now.now - reading.time + silence.value;
  const bad = reading === undefined || levelOf(reading.quality) === 'bad';
  const state = bad ? 'missing' : old > meter.staleAfter ? 'stale' : 'fresh';
  const unit = point === undefined ? '' : points[point].unit;
  const reason = reading === undefined ? words.missing : text(qualityText(qualityOf(reading.quality) ?? 'bad_decode'));
  return (
    <div class={`meter ${state}`} data-meter={meter.id} data-state={state}>
      <h3>{text(meter.name)}</h3>
      <p class="figure">
        <span class="number">{bad ? '—' : compact(reading?.value)}</span>
        <span class="unit">{bad ? '' : (unitNames[unit] ?? unit)}</span>
      </p>
      <p class="hint">{bad ? reason : state === 'stale' ? words.age(age(old)) : ''}</p>
    </div>
  );
}
