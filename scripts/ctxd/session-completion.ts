import { printable } from '../../dashboards/text/printable.ts';
import { sessionLabels, shortId } from '../../dashboards/text/session-label.ts';
import { sessionsNow, type GlancedSession } from './glance.ts';

/** The commands whose arguments are sessions, and how many they take. */
const sessionArguments: Readonly<Record<string, number>> = {
  show: 1,
  name: 1,
  replay: 1,
  compare: Infinity,
  export: Infinity,
};

/**
 * The completions of a session's id or name, in the form of the completion scripts; `undefined` where no session is expected.
 *
 * @param words - the words after `ctxd complete --`; the last one is being typed.
 */
export async function sessionCompletions(
  words: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<string | undefined> {
  const [command = '', ...args] = words;
  const most = Object.hasOwn(sessionArguments, command) ? sessionArguments[command]! : 0;
  if (args.length < 1 || args.length > most || args.some((word) => word.startsWith('-'))) return undefined;
  return completionsOf(await sessionsNow(env), args.at(-1) ?? '');
}

/** The ids that begin with a text, with their labels, and the names that no shell has to quote. */
export function completionsOf(sessions: readonly GlancedSession[], start: string): string {
  const labels = sessionLabels(sessions);
  const choices = sessions.flatMap(({ id, name }) => {
    const label = printable(labels.get(id) ?? id).slice(0, 60);
    const isPlain = name !== undefined && /^[\w.-]{1,60}$/.test(name);
    return [[printable(shortId(id)), label] as const, ...(isPlain ? [[name, shortId(id)] as const] : [])];
  });
  const lines = choices.filter(([choice]) => choice.startsWith(start)).map((choice) => choice.join('\t'));
  return [...lines, ':4'].join('\n');
}
