import { render } from 'preact';
import { App } from './app.tsx';
import { connect } from './live-state.ts';

connect();
const place = document.getElementById('app');
if (place !== null) render(<App />, place);
