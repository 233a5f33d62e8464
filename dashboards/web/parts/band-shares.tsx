// Owns the table of bands: what each had of the energy and of the cost.
import type { CostRow } from '../../../scoring/tariff/cost.ts';
import { money, number, percent } from '../format.ts';
import { comparison } from '../range.ts';
import { say } from '../words.ts';
import { BandKey, bandClass, bandOrder, bandWords } from './bands.tsx';
import { meanPrice } from './cost-figures.tsx';
import { costWords } from './cost-words.ts';
import { Delta } from './delta.tsx';

export function BandShares({ total, before }: { total: CostRow; before: CostRow | null }) {
  const whole = total.energy || 1;
  const listed = bandOrder.flatMap((band) => total.bands.find((one) => one.band === band) ?? []);
  const against = say.value.comparisons[comparison.value];
  return (
    <>
      <div
        class="share"
        role="img"
        aria-label={listed
          .map(({ band, energy }) => `${bandWords.value.names[band]} ${percent((energy ?? 0) / whole)}`)
          .join(', ')}
      >
        {listed.map(({ band, energy }) => (
          <i key={band} class={bandClass(band)} style={{ flexGrow: (energy ?? 0) / whole }} />
        ))}
      </div>
      <section class="scroll" tabIndex={0} aria-label={costWords.value.shares}>
        <table>
          <thead>
            <tr>
              <th>{costWords.value.band}</th>
              <th class="right">kWh</th>
              <th class="right">{costWords.value.share}</th>
              <th class="right">{costWords.value.yuan}</th>
              <th class="right">{costWords.value.perKwh}</th>
              {before !== null && <th class="right">{against}</th>}
            </tr>
          </thead>
          <tbody>
            {listed.map((one) => (
              <tr key={one.band} data-band={one.band}>
                <td>
                  <BandKey band={one.band} />
                </td>
                <td class="right">{number(one.energy)}</td>
                <td class="right">{percent((one.energy ?? 0) / whole)}</td>
                <td class="right">{money(one.cost)}</td>
                <td class="right">{number(meanPrice(one), 4)}</td>
                {before !== null && (
                  <td class="right">
                    <Delta
                      now={one.energy}
                      before={before.bands.find(({ band }) => band === one.band)?.energy}
                      against=""
                    />
                  </td>
                )}
              </tr>
            ))}
            <tr>
              <td>{costWords.value.total}</td>
              <td class="right">{number(total.energy)}</td>
              <td class="right">{percent(1)}</td>
              <td class="right">{money(total.cost)}</td>
              <td class="right">{number(meanPrice(total), 4)}</td>
              {before !== null && (
                <td class="right">
                  <Delta now={total.energy} before={before.energy} against="" />
                </td>
              )}
            </tr>
          </tbody>
        </table>
      </section>
    </>
  );
}
