// Owns the page's beginning.
import { render } from 'preact';
import { App } from './app.tsx';
import { enterWall, loadSession, session } from './session.ts';
import { start } from './state.ts';
import './style/tokens.css';
import './style/frame.css';
import './style/now.css';
import './style/score.css';
import './style/snapshots.css';
import './style/trace.css';
import './style/chart.css';
import './style/quality.css';
import './style/alarms.css';
import './style/access.css';
import './style/tariff.css';
import './style/records.css';
import './style/wall.css';

const root = document.getElementById('app');
if (root === null) throw new Error('the page has no #app');
render(<App />, root);
void start(async () => {
  await enterWall().finally(loadSession); // a wall that is not let in learns that it is not
  return session.value?.readable === true;
});
