import type { Thresholds } from '#thresholds';
import type { SessionHistory, Trend } from '../source/figures.ts';
import type { MonitorModel, MonitorSession } from './monitor-model.ts';
import type { MonitorState } from './monitor-state.ts';
import type { Status } from './status.ts';

/** The size of the terminal in characters. */
export interface ScreenSize {
  readonly columns: number;
  readonly rows: number;
}

/** The complete input of a frame. */
export interface Scene {
  readonly model: MonitorModel;
  readonly thresholds: Thresholds;
  readonly status: Status;
  readonly state: MonitorState;
  /** The sessions that the view lists, in its order. */
  readonly listed: readonly MonitorSession[];
  readonly trends: ReadonlyMap<string, Trend>;
  /** History of the session in the detail view, once loaded. */
  readonly history?: SessionHistory | undefined;
  /** Sessions whose alerts are silenced. */
  readonly silencedIds: ReadonlySet<string>;
  readonly intervalSeconds: number;
  readonly nowMillis: number;
  readonly size: ScreenSize;
}
