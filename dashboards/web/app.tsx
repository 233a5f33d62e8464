// Owns the order of things on the page: head, the moment, today, the year, and the trace over them.
import { BalanceBar } from './parts/balance-bar.tsx';
import { Head } from './parts/head.tsx';
import { MeterTiles } from './parts/meter-tiles.tsx';
import { Scorecard } from './parts/scorecard.tsx';
import { Totals } from './parts/totals.tsx';
import { TraceDrawer } from './parts/trace-drawer.tsx';
import { failure, say } from './state.ts';

export function App() {
  return (
    <>
      <Head />
      {failure.value !== null && (
        <p class="failure" role="alert">
          {say.value.failed}: {failure.value}
        </p>
      )}
      <main>
        <Totals />
        <BalanceBar />
        <MeterTiles />
        <Scorecard />
      </main>
      <TraceDrawer />
    </>
  );
}
