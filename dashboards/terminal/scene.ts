import type { SessionHistory, Trend } from '../source/figures.ts';
import type { MonitorModel, MonitorSession } from './monitor-model.ts';
import type { MonitorState } from './monitor-state.ts';
import type { Status } from './status.ts';

/** The terminal's size in characters. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** Everything that a frame is drawn from: nothing else changes it. */
export interface Scene {
  readonly model: MonitorModel;
  readonly status: Status;
  readonly state: MonitorState;
  /** What the view lists, in its order. */
  readonly listed: readonly MonitorSession[];
  readonly trends: ReadonlyMap<string, Trend>;
  /** Past of the session in the detail view, once it is there. */
  readonly history?: SessionHistory | undefined;
  /** Sessions whose alerts are silenced. */
  readonly silencedIds: ReadonlySet<string>;
  readonly intervalSeconds: number;
  readonly nowMillis: number;
  readonly size: ScreenSize;
}
