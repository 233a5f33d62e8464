// Owns the page's beginning.
import { render } from 'preact';
import { App } from './app.tsx';
import { start } from './state.ts';
import './style/tokens.css';
import './style/frame.css';
import './style/now.css';
import './style/score.css';
import './style/snapshots.css';
import './style/trace.css';
import './style/chart.css';
import './style/quality.css';

const root = document.getElementById('app');
if (root === null) throw new Error('the page has no #app');
render(<App />, root);
void start();
