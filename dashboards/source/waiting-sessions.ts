import { printable } from '../text/text.ts';
import type { WaitingSession } from './figures.ts';
import type { Sample } from './victoriametrics.ts';

/**
 * The sessions that run and have no figure yet. Only their processes report them, so their description has that source.
 *
 * @param measured - the ids of the sessions with figures.
 */
export function waitingSessions(info: readonly Sample[], measured: ReadonlySet<string>): WaitingSession[] {
  return info.flatMap(({ labels }): WaitingSession[] => {
    const { session_id: id, source, session_name, project, model, host } = labels;
    if (id === undefined || source !== 'process' || measured.has(id)) return [];
    return [
      { id, name: shown(session_name), project: shown(project), model: shown(model), host: shown(host) },
    ];
  });
}

function shown(text = ''): string | undefined {
  return printable(text).trim() || undefined;
}
